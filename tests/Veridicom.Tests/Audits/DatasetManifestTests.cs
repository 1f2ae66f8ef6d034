using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Veridicom.Cli.Audits.Manifest;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Audits;

/// <summary>Signed lists of data sets: what they notice, and what they do with a stranger's.</summary>
public sealed class DatasetManifestTests : IDisposable
{
    private readonly CliSession _session = CliSession.WithOrganisation();

    public DatasetManifestTests()
    {
        string labels = MadeSet.Clean(_session);
        _session.Write("set/train/one.dcm", MadeSet.Dicom(MadeSet.Picture(40)));
        File.AppendAllText(labels, "\r\ntrain/one.dcm,normal,clinic 0,train,P40");
        _session.Run("audit", Set, "--labels", labels, "--manifest", List, "--no-detector").Exited(0);
    }

    private string Set => _session.PathOf("set");

    private string List => _session.PathOf("list.json");

    public void Dispose() => _session.Dispose();

    private JsonElement Check(int code, params string[] more) => JsonDocument.Parse(_session.Run(["audit", Set, "--check", List, "--json", .. more]).Exited(code).Lines[^1]).RootElement;

    private static string[] Paths(JsonElement check, string name) => [.. check.GetProperty(name).EnumerateArray().Select(p => p.GetString()!)];

    private static DatasetManifest Read(byte[] bytes) => DatasetManifest.Read(new MemoryStream(bytes), TrustList.Empty.Certificates);

    [Fact]
    public void An_untouched_data_set_is_as_it_was_listed()
    {
        JsonElement check = Check(0);
        Assert.Equal(("unchanged", 13, 13), (check.GetProperty("check").GetString(), check.GetProperty("files").GetInt32(), check.GetProperty("same").GetInt32()));
        Assert.Equal("fit", check.GetProperty("answer").GetString());
        Assert.StartsWith("unchanged  13 of 13 files", _session.Run("audit", Set, "--check", List).Exited(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_JSON_and_tells_nothing_of_patients()
    {
        string text = File.ReadAllText(List);
        JsonElement root = JsonDocument.Parse(text).RootElement;
        Assert.Equal(13, root.GetProperty("files").GetArrayLength());
        Assert.DoesNotContain("\"P3\"", text, StringComparison.Ordinal);
        string plain = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_session.PathOf("set", "train", "1.png"))));
        Assert.DoesNotContain(plain, text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_changed_rewritten_removed_and_added_is_named()
    {
        byte[] one = MadeSet.Picture(1);
        _session.Write("set/train/0.png", MadeSet.Png(MadeSet.Changed(MadeSet.Picture(0), value => value ^ 1)));
        byte[] rgb = [.. one.SelectMany(value => (byte[])[value, value, value])];
        _session.Write("set/train/1.png", Veridicom.Pixels.Png.PngWriter.Write(MadeSet.Side, MadeSet.Side, Veridicom.Pixels.Png.PngColour.Rgb, 8, rgb));
        File.Delete(_session.PathOf("set", "train", "2.png"));
        _session.Write("set/train/new.png", MadeSet.Png(MadeSet.Picture(90)));
        _session.Write("set/train/3.png", []);

        JsonElement check = Check(1);

        Assert.Equal(["train/0.png", "train/3.png"], Paths(check, "changed"));
        Assert.Equal(["train/1.png"], Paths(check, "rewritten"));
        Assert.Equal(["train/2.png"], Paths(check, "removed"));
        Assert.Equal(["train/new.png"], Paths(check, "added"));
        Assert.Equal(9, check.GetProperty("same").GetInt32());
    }

    [Fact]
    public void What_is_added_in_hidden_or_linked_folders_is_never_passed_over()
    {
        _session.Write("set/.git/config", "no image"u8);
        Check(0);
        _session.Write("set/.more/1.png", MadeSet.Png(MadeSet.Picture(91)));
        Assert.Equal([".more/1.png"], Paths(Check(1), "added"));
        Directory.Delete(_session.PathOf("set", ".more"), recursive: true);
        _session.Write("elsewhere/1.png", MadeSet.Png(MadeSet.Picture(92)));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        Directory.CreateSymbolicLink(_session.PathOf("set", "train", "linked"), _session.PathOf("elsewhere"));
        JsonElement check = Check(1);
        Assert.Equal(["train/linked"], Paths(check, "linkedFolders"));
        Assert.Equal("changed", check.GetProperty("check").GetString());
        Assert.Contains("train/linked", _session.Run("audit", Set, "--check", List).Exited(1).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seal_that_appears_changes_or_goes_is_a_change()
    {
        _session.Write("set/train/one.dcm.seal", "not yet there"u8);
        Assert.Equal(["train/one.dcm"], Paths(Check(1), "changed"));
        string second = _session.PathOf("second.json");
        _session.Run("audit", Set, "--manifest", second, "--no-detector");
        _session.Run("audit", Set, "--check", second).Exited(0);
        _session.Write("set/train/one.dcm.seal", "another one"u8);
        _session.Run("audit", Set, "--check", second).Exited(1);
        File.Delete(_session.PathOf("set", "train", "one.dcm.seal"));
        _session.Run("audit", Set, "--check", second).Exited(1);
    }

    private string Zip(string name, params string[] entries)
    {
        string path = _session.PathOf(name);
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        for (int i = 0; i < entries.Length; i++)
        {
            using Stream entry = zip.CreateEntry(entries[i]).Open();
            entry.Write(MadeSet.Png(MadeSet.Picture(120 + i)));
        }
        return path;
    }

    [Fact]
    public void Names_in_archives_that_are_nearly_alike_stay_apart_and_the_name_of_the_archive_does_not_matter()
    {
        string zip = Zip("a.zip", "train/a b.png", "train/a_b.png"), list = _session.PathOf("zip.json"), moved = _session.PathOf("renamed.zip");
        _session.Run("audit", zip, "--no-detector", "--manifest", list);
        _session.Run("audit", zip, "--check", list).Exited(0);
        File.Move(zip, moved);
        _session.Run("audit", moved, "--check", list).Exited(0);
    }

    [Fact]
    public void Two_files_of_one_name_are_refused_when_the_list_is_written()
    {
        string zip = Zip("a.zip", "a.png", "a.png"), list = _session.PathOf("zip.json");
        Assert.Contains("is the name of two files", _session.Run("audit", zip, "--no-detector", "--manifest", list).Exited(5).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(list));
        _session.AssertNoLeftovers();
    }

    [Fact]
    public void A_signer_who_is_not_trusted_is_told_apart_from_changes()
    {
        using var stranger = new CliSession();
        CliResult result = stranger.Run("audit", Set, "--check", List).Exited(4);
        Assert.StartsWith("untrusted", result.Output, StringComparison.Ordinal);
        File.Delete(_session.PathOf("set", "train", "2.png"));
        stranger.Run("audit", Set, "--check", List).Exited(1);
    }

    [Fact]
    public void A_changed_list_is_refused()
    {
        string text = File.ReadAllText(List);
        foreach ((string from, string to) in ((string, string)[])[("train/0.png", "train/9.png"), ("\"bytes\":", "\"bytes\":1"), ("]}\n", "]}\n\n"), ("]}\n", ""), ("manifest 1\"", "manifest 2\""), (",\"files\":[", ",\"x\":1,\"files\":[")])
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            int at = text.IndexOf(from, StringComparison.Ordinal);
            File.WriteAllText(List, text[..at] + to + text[(at + from.Length)..]);
            _session.Run("audit", Set, "--check", List).Exited(5);
        }
        string[] lines = text.Split('\n');
        File.WriteAllText(List, string.Join('\n', [lines[0], lines[2], lines[1], .. lines[3..]]));
        _session.Run("audit", Set, "--check", List).Exited(5);
    }

    [Fact]
    public void Damaged_lists_end_in_a_format_error()
    {
        byte[] good = File.ReadAllBytes(List);
        Assert.Equal(13, Read(good).Files.Count);
        var random = new Random(11);
        int refused = 0, signed = good.AsSpan().IndexOf((byte)'\n');
        for (int round = 0; round < 4000; round++)
        {
            byte[] bad = [.. good];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                int at = random.Next(bad.Length), behind = Math.Min(bad.Length - 1, signed + random.Next(2000));
                switch (random.Next(4))
                {
                    case 0: bad[at] ^= (byte)(1 << random.Next(8)); break;
                    case 1: bad[behind] = "\"\n{}[],:\\\0"u8[random.Next(10)]; break;
                    case 2: bad = bad[..(at + 1)]; break;
                    default: bad = [.. bad[..at], .. bad[(at / 2)..]]; break;
                }
            }
            try
            {
                // what is read all the same was hurt in the signature's own value only
                Assert.True(bad.AsSpan().SequenceEqual(good) || Read(bad).Message.Verify() != TrustCode.Ok, "a changed list was believed");
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.True(refused > 3000, $"{refused} refused");
    }

    [Fact]
    public void Lines_without_end_are_not_kept()
    {
        using var endless = new Endless();
        Assert.Throws<FormatException>(() => DatasetManifest.Read(endless, TrustList.Empty.Certificates));
        Assert.InRange(endless.Given, 1, 4 * DatasetManifest.LongestHead);
    }

    [Fact]
    public void Nothing_is_overwritten_and_without_keys_nothing_is_signed()
    {
        Assert.Contains("exists already", _session.Run("audit", Set, "--manifest", List).Exited(7).Error, StringComparison.Ordinal);
        using var nobody = new CliSession();
        Assert.Contains("there is no organisation", nobody.Run("audit", Set, "--manifest", nobody.PathOf("x.json")).Exited(7).Error, StringComparison.Ordinal);
        _session.AssertNoLeftovers();
    }

    private sealed class Endless : Stream
    {
        public long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'x');
            Given += buffer.Length;
            return buffer.Length;
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

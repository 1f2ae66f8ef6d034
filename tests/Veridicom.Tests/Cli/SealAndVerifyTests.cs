using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>seal, verify, unseal, show: the main job, as a user runs it.</summary>
public sealed class SealAndVerifyTests
{
    private static byte[] With(byte[] file, string text, string other)
    {
        byte[] changed = [.. file];
        int at = changed.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        Assert.True(at > 0, text + " is not in the file");
        Encoding.ASCII.GetBytes(other).CopyTo(changed, at);
        return changed;
    }

    private static JsonElement Json(string line) => JsonDocument.Parse(line).RootElement;

    [Fact]
    public void A_folder_is_sealed_into_another_and_comes_out_authentic()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 5; i++) session.WriteSlice($"study/series {i % 2}/{i}.dcm", i);
        session.Write("study/readme.txt", "no image"u8);

        CliResult seal = session.Run("seal", session.PathOf("study"), "--out", session.PathOf("sealed")).Exited(0);

        Assert.Equal(6, seal.Lines.Length);
        Assert.Contains("passed over 1 file that is not DICOM", seal.Error, StringComparison.Ordinal);
        Assert.Equal(["manifest.dcm", "series 0/0.dcm", "series 0/2.dcm", "series 0/4.dcm", "series 1/1.dcm", "series 1/3.dcm"],
            Directory.GetFiles(session.PathOf("sealed"), "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(session.PathOf("sealed"), p).Replace('\\', '/')).Order(StringComparer.Ordinal));
        CliResult verify = session.Run("verify", session.PathOf("sealed")).Exited(0);
        Assert.Equal("6 files: 6 authentic", verify.Lines[^1]);
        Assert.All(verify.Lines[..6], line => Assert.StartsWith("authentic     ", line, StringComparison.Ordinal));
        Assert.Contains("O=Sample Hospital, CN=Sealing, 2026-06-01 12:00 UTC", verify.Lines[0], StringComparison.Ordinal);
        Assert.Equal(CliSession.Slice(3), File.ReadAllBytes(session.PathOf("study", "series 1", "3.dcm")));
        session.AssertNoLeftovers();
    }

    [Fact]
    public void In_place_and_back_gives_the_same_bytes_and_mode()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(image, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        session.Run("seal", image, "--in-place").Exited(0);
        byte[] sealedBytes = File.ReadAllBytes(image);
        Assert.NotEqual(CliSession.Slice(0), sealedBytes);
        Assert.StartsWith("already", session.Run("seal", image, "--in-place").Exited(0).Output, StringComparison.Ordinal);
        Assert.Equal(sealedBytes, File.ReadAllBytes(image));

        Assert.StartsWith("original", session.Run("unseal", image, "--in-place").Exited(0).Output, StringComparison.Ordinal);
        Assert.Equal(CliSession.Slice(0), File.ReadAllBytes(image));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(image));
        Assert.Contains("the file has no seal", session.Run("unseal", image, "--in-place").Exited(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_verdict_has_its_exit_code_and_the_worst_counts()
    {
        using CliSession session = CliSession.WithOrganisation();
        string good = session.WriteSlice("1-good.dcm");
        session.Run("seal", good, "--in-place").Exited(0);
        byte[] bytes = File.ReadAllBytes(good);
        string renamed = session.Write("2-renamed.dcm", With(bytes, "Phantom^Paula", "Phantom^Petra"));
        string unsealed = session.WriteSlice("3-unsealed.dcm", 1);
        string cut = session.Write("4-cut.dcm", bytes[..^20]);
        string missing = session.PathOf("5-missing.dcm");

        Assert.StartsWith("altered", session.Run("verify", renamed).Exited(1).Output, StringComparison.Ordinal);
        Assert.StartsWith("unsealed", session.Run("verify", unsealed).Exited(3).Output, StringComparison.Ordinal);
        Assert.StartsWith("unverifiable", session.Run("verify", cut).Exited(5).Output, StringComparison.Ordinal);
        Assert.Contains("does not exist", session.Run("verify", missing).Exited(7).Error, StringComparison.Ordinal);
        session.Run("verify", good, unsealed).Exited(3);
        session.Run("verify", unsealed, missing).Exited(7);
        session.Run("verify", missing, cut).Exited(5);
        CliResult all = session.Run("verify", good, renamed, unsealed, cut, missing).Exited(1);
        Assert.Equal("5 files: 1 authentic, 1 unsealed, 1 altered, 1 unverifiable, 1 not checked", all.Lines[^1]);
        session.Variables["VERIDICOM_HOME"] = session.PathOf("nobody");
        Assert.StartsWith("untrusted", session.Run("verify", good).Exited(4).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_names_what_was_changed_and_where()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        session.Run("seal", image, "--in-place").Exited(0);
        byte[] bytes = File.ReadAllBytes(image);
        DicomFile.Parse(new MemorySource(bytes)).DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels);
        bytes[pixels.ValueOffset + (40 * 64 + 10) * 2] ^= 1;
        File.WriteAllBytes(image, bytes);

        string[] lines = session.Run("verify", image).Exited(1).Lines;

        Assert.Equal("              pixels altered; patient, acquisition, display, structure, carrier intact", lines[1]);
        Assert.StartsWith("              - pixels differ in frame 1, columns 0 to 31, rows 32 to 63", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_object_per_file_with_the_keys_promised()
    {
        using CliSession session = CliSession.WithOrganisation();
        string good = session.WriteSlice("a.dcm"), bad = session.PathOf("b.dcm");
        session.Run("seal", good, "--in-place", "--purpose", "ai-processing", "--ai-model", "LungNet:2.1", "--device", "CT 7", "--synthetic", "no", "--note", "a \"note\"").Exited(0);
        File.WriteAllBytes(bad, With(File.ReadAllBytes(good), "Phantom^Paula", "Phantom^Petra"));

        CliResult result = session.Run("verify", good, bad, session.PathOf("missing"), "--json").Exited(1);

        Assert.Empty(result.Error);
        Assert.Equal(3, result.Lines.Length);
        string[] keys = ["path", "verdict", "exitCode", "parts", "reasons", "signer", "sealedAt", "checks", "seals", "signatures"];
        JsonElement first = Json(result.Lines[0]), second = Json(result.Lines[1]), third = Json(result.Lines[2]);
        Assert.Equal(keys, first.EnumerateObject().Select(p => p.Name));
        Assert.Equal(keys, second.EnumerateObject().Select(p => p.Name));
        Assert.Equal((good, "authentic", 0), (first.GetProperty("path").GetString(), first.GetProperty("verdict").GetString(), first.GetProperty("exitCode").GetInt32()));
        Assert.Equal(["pixels", "patient", "acquisition", "display", "structure", "carrier"], first.GetProperty("parts").EnumerateObject().Select(p => p.Name));
        Assert.Equal("2026-06-01T12:00:00Z", first.GetProperty("sealedAt").GetString());
        Assert.All(first.GetProperty("checks").EnumerateArray(), check => Assert.Contains(check.GetProperty("status").GetString(), (string[])["passed", "failed", "not-checked"]));
        JsonElement claims = first.GetProperty("seals")[0].GetProperty("claims");
        Assert.Equal(("ai-processing", "CT 7", "no", "a \"note\"", "Sample Hospital"), (claims.GetProperty("purpose").GetString(), claims.GetProperty("device").GetString(), claims.GetProperty("synthetic").GetString(), claims.GetProperty("note").GetString(), claims.GetProperty("organisation").GetString()));
        Assert.Equal(("LungNet", "2.1"), (claims.GetProperty("models")[0].GetProperty("name").GetString(), claims.GetProperty("models")[0].GetProperty("version").GetString()));
        JsonElement reason = second.GetProperty("reasons").EnumerateArray().First(r => r.GetProperty("code").GetString() == "element-changed");
        Assert.Equal(("patient", "(0010,0010)"), (reason.GetProperty("part").GetString(), reason.GetProperty("path").GetString()));
        Assert.True(reason.GetProperty("offset").GetInt64() > 0);
        Assert.Equal((7, JsonValueKind.Null, "not-found"), (third.GetProperty("exitCode").GetInt32(), third.GetProperty("verdict").ValueKind, third.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public void Changed_pixels_are_a_frame_and_a_box_in_json()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        session.Run("seal", image, "--in-place").Exited(0);
        byte[] bytes = File.ReadAllBytes(image);
        DicomFile.Parse(new MemorySource(bytes)).DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels);
        bytes[pixels.ValueOffset] ^= 1;
        File.WriteAllBytes(image, bytes);

        JsonElement reason = Json(session.Run("verify", image, "--json").Exited(1).Lines[0]).GetProperty("reasons").EnumerateArray().First(r => r.TryGetProperty("box", out _));

        Assert.Equal(1, reason.GetProperty("frame").GetInt32());
        Assert.Equal([0, 0, 32, 32], reason.GetProperty("box").EnumerateArray().Select(n => n.GetInt32()));
    }

    [Fact]
    public void A_detached_seal_stands_beside_the_file_and_leaves_it_alone()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        session.Run("seal", image, "--detached").Exited(0);
        Assert.Equal(CliSession.Slice(0), File.ReadAllBytes(image));
        Assert.StartsWith("authentic", session.Run("verify", image).Exited(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("already", session.Run("seal", image, "--detached").Exited(0).Output, StringComparison.Ordinal);
        Assert.Contains("seal 1 (detached)", session.Run("show", image).Exited(0).Output, StringComparison.Ordinal);
        // The folder is walked without taking the seal for an image.
        Assert.Single(session.Run("verify", session.Root, "--json").Exited(0).Lines);

        string elsewhere = session.PathOf("b.seal");
        File.Move(image + ".seal", elsewhere);
        session.Run("verify", image).Exited(3);
        session.Run("verify", image, "--seal", elsewhere).Exited(0);
        session.Run("verify", image, image, "--seal", elsewhere).Exited(2);
        session.Run("verify", image, "--seal", session.PathOf("none.seal")).Exited(7);
        session.Run("verify", session.WriteSlice("other.dcm", 1), "--seal", elsewhere).Exited(1);
        session.Write("a.dcm.seal", "no seal"u8);
        session.Run("verify", image).Exited(5);
    }

    [Fact]
    public void Detached_seals_may_go_into_a_folder_of_their_own()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.WriteSlice("study/a.dcm");
        session.Run("seal", session.PathOf("study"), "--detached", "--out", session.PathOf("seals")).Exited(0);
        Assert.Equal([session.PathOf("study", "a.dcm")], Directory.GetFiles(session.PathOf("study")));
        session.Run("verify", session.PathOf("study", "a.dcm"), "--seal", session.PathOf("seals", "a.dcm.seal")).Exited(0);
    }

    [Fact]
    public void What_cannot_be_verified_later_is_refused_and_left_alone()
    {
        using CliSession session = CliSession.WithOrganisation();
        byte[] good = CliSession.Slice(0);
        byte[] twice = [.. good, .. new ElementWriter().Text(new(0x0010, 0x0010), Vr.PN, "EVE^DUP ").Written];
        string image = session.Write("twice.dcm", twice), other = session.WriteSlice("other.dcm", 1);

        CliResult result = session.Run("seal", image, other, "--in-place").Exited(5);

        Assert.Contains("twice.dcm: ", result.Error, StringComparison.Ordinal);
        Assert.Contains($"(at byte {good.Length}", result.Error, StringComparison.Ordinal);
        Assert.Equal(twice, File.ReadAllBytes(image));
        session.Run("verify", other).Exited(0); // the others are sealed all the same
        JsonElement json = Json(session.Run("seal", image, "--in-place", "--json").Exited(5).Lines[0]);
        Assert.Equal(("refused", 5), (json.GetProperty("result").GetString(), json.GetProperty("exitCode").GetInt32()));
    }

    [Fact]
    public void A_file_that_was_changed_since_it_was_sealed_is_not_sealed_over()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        session.Run("seal", image, "--in-place").Exited(0);
        File.WriteAllBytes(image, With(File.ReadAllBytes(image), "Phantom^Paula", "Phantom^Petra"));
        Assert.Contains("--purpose amendment", session.Run("seal", image, "--in-place").Exited(5).Error, StringComparison.Ordinal);
        session.Run("seal", image, "--in-place", "--purpose", "amendment").Exited(0);
        Assert.StartsWith("amended", session.Run("verify", image).Exited(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_existing_output_is_not_overwritten()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm"), there = session.Write("out/a.dcm", "mine"u8);
        Assert.Contains("exists already", session.Run("seal", image, "--out", session.PathOf("out")).Exited(7).Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(there));
        Assert.Contains("exists already", session.Run("seal", image, "--out", session.Root).Exited(7).Error, StringComparison.Ordinal);
        Assert.Equal(CliSession.Slice(0), File.ReadAllBytes(image));
        session.AssertNoLeftovers();
    }

    [Fact]
    public void A_policy_demands_more()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm"), bare = session.WriteSlice("b.dcm", 1);
        session.Run("seal", image, "--in-place").Exited(0);
        string strict = session.Write("strict.json", """{"requireSeal":true,"purposes":["reconstruction"]}"""u8), fitting = session.Write("fitting.json", """{"requireSeal":true,"purposes":["acquisition"]}"""u8);
        session.Run("verify", image, "--policy", fitting).Exited(0);
        Assert.NotEqual(0, session.Run("verify", image, "--policy", strict).ExitCode);
        Assert.NotEqual(0, session.Run("verify", bare, "--policy", fitting).ExitCode);
        Assert.Contains("no member 'requireSeals'", session.Run("verify", image, "--policy", session.Write("typo.json", """{"requireSeals":true}"""u8)).Exited(7).Error, StringComparison.Ordinal);
        session.Run("verify", image, "--policy", session.PathOf("none.json")).Exited(7);
    }

    [Fact]
    public void Show_says_what_a_file_is()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        Assert.Contains("CT Image Storage", session.Run("show", image).Exited(0).Output, StringComparison.Ordinal);
        session.Run("seal", image, "--in-place", "--software", "Recon 4").Exited(0);

        CliResult shown = session.Run("show", image).Exited(0);

        foreach (string part in (string[])["64 x 64, 1 frame, 16 bits", "Explicit VR Little Endian", "seal 1", "O=Sample Hospital, CN=Seal Authority, EC P-256", "Recon 4", "acquisition", "pixels as samples", "signature 2.25.", "written beside the seal", "elements; "])
            Assert.Contains(part, shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("7FF1", shown.Output, StringComparison.Ordinal);
        JsonElement json = Json(session.Run("show", image, "--json").Exited(0).Lines[0]);
        Assert.Equal(("authentic", 64, 1), (json.GetProperty("verdict").GetString(), json.GetProperty("geometry").GetProperty("rows").GetInt32(), json.GetProperty("chains").GetArrayLength()));
        Assert.Contains("not a DICOM file", session.Run("show", session.Write("x", "nothing"u8)).Exited(5).Error, StringComparison.Ordinal);
        session.Run("show", session.PathOf("missing")).Exited(7);
    }

    [Fact]
    public void Wrong_usage_is_exit_code_2_and_changes_nothing()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("study/a.dcm");
        string[][] wrong =
        [
            ["seal", image], ["seal", image, "--in-place", "--detached"], ["seal", image, "--in-place", "--out", session.PathOf("x")], ["seal", image, "--in-place", "--purpose", "fun"],
            ["seal", image, "--in-place", "--ai-model", "nameonly"], ["seal", image, "--in-place", "--note", new string('x', 300)], ["seal", session.PathOf("study"), "--out", session.PathOf("study", "sealed")],
            ["seal", image, "--out", image], ["seal", "--in-place"], ["verify"], ["verify", image, "--frobnicate"], ["unseal", image], ["frobnicate"], ["diff", image], [],
        ];
        foreach (string[] args in wrong) session.Run(args).Exited(2);
        Assert.Equal(CliSession.Slice(0), File.ReadAllBytes(image));
        Assert.Equal(["a.dcm"], Directory.GetFileSystemEntries(session.PathOf("study")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_without_images_is_no_success()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.Write("study/readme.txt", "no image"u8);
        Assert.Contains("holds no DICOM file", session.Run("verify", session.PathOf("study")).Exited(5).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_from_a_file_cannot_act_on_the_terminal()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.Write("a\u001b[31m.dcm", With(CliSession.Slice(0), "Phantom^Paula", "\u001b[2JPaulaXYZ"));
        session.Run("seal", image, "--in-place").Exited(0);
        string other = session.WriteSlice("b.dcm");
        foreach (CliResult result in (CliResult[])[session.Run("verify", image), session.Run("show", image), session.Run("diff", image, other), session.Run("verify", image + "missing")])
        {
            Assert.DoesNotContain('\u001b', result.Output);
            Assert.DoesNotContain('\u001b', result.Error);
        }
    }

    [Fact]
    public void Colours_and_progress_are_for_terminals_and_NO_COLOR_is_heard()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        using StringWriter coloured = new(), plain = new(), error = new();
        Veridicom.Cli.CommandLine.Run(["verify", image], session.With(coloured, error, TestContext.Current.CancellationToken, terminal: true));
        session.Variables["NO_COLOR"] = "1";
        Veridicom.Cli.CommandLine.Run(["verify", image], session.With(plain, error, TestContext.Current.CancellationToken, terminal: true));
        Assert.Contains("\u001b[2munsealed\u001b[0m", coloured.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', plain.ToString());
    }

    [Fact]
    public void A_run_that_comes_to_nothing_is_an_object_too()
    {
        using var session = new CliSession();
        string image = session.WriteSlice("a.dcm");
        JsonElement noKey = Json(Assert.Single(session.Run("seal", image, "--in-place", "--json").Exited(7).Lines));
        Assert.Equal((7, "no-key"), (noKey.GetProperty("exitCode").GetInt32(), noKey.GetProperty("error").GetProperty("code").GetString()));
        JsonElement noTrust = Json(Assert.Single(session.Run("verify", image, "--json", "--trust", session.PathOf("none.pem")).Exited(7).Lines));
        Assert.Equal(session.PathOf("none.pem"), noTrust.GetProperty("path").GetString());
    }

    [Fact]
    public void Quiet_writes_only_what_is_wrong()
    {
        using CliSession session = CliSession.WithOrganisation();
        string good = session.WriteSlice("a.dcm"), bare = session.WriteSlice("b.dcm", 1);
        Assert.Empty(session.Run("seal", good, "--in-place", "-q").Exited(0).Output);
        Assert.Empty(session.Run("verify", good, "-q").Exited(0).Output);
        Assert.StartsWith("unsealed", Assert.Single(session.Run("verify", good, bare, "-q").Exited(3).Lines), StringComparison.Ordinal);
    }
}

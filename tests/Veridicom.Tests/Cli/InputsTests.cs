using System.IO.Compression;
using System.Text;
using Veridicom.Cli;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>What PATH arguments stand for: folders, archives, media directories; and what must never be followed.</summary>
public sealed class InputsTests
{
    private static string[] Names(ScratchFolder scratch, params string[] paths) => [.. new Inputs(paths).Select(i => Path.GetRelativePath(scratch.Root, i.Name).Replace('\\', '/'))];

    private static string Zip(ScratchFolder scratch, string name, params (string Name, byte[] Bytes)[] entries)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string entry, byte[] bytes) in entries)
            {
                using Stream stream = zip.CreateEntry(entry).Open();
                stream.Write(bytes);
            }
        }
        return scratch.Write(name, memory.ToArray());
    }

    private static Fault FaultOf(Input input) => Assert.Throws<FaultException>(() => input.Open(new FileBuffers(1))).Fault;

    private static byte[] ReadAll(Input input, int workers = 1)
    {
        using OpenedFile opened = input.Open(new FileBuffers(workers));
        byte[] bytes = new byte[opened.Source.Length];
        for (int at = 0; at < bytes.Length; at += 1000)
        {
            int count = Math.Min(1000, bytes.Length - at);
            opened.Source.Window(at, count).CopyTo(bytes.AsSpan(at));
        }
        input.Done();
        return bytes;
    }

    [Fact]
    public void A_folder_is_walked_in_order_without_what_is_empty_a_seal_or_left_behind()
    {
        using var scratch = new ScratchFolder();
        foreach (string name in (string[])["b/2", "b/10", "b/a/1", "a", "c", ".hidden", ".git/x", "b/.veridicom-0123", "a.seal", "DICOMDIR"]) scratch.Write(name, "x"u8);
        scratch.Write("empty", []);
        var inputs = new Inputs([scratch.Root]);
        Assert.Equal([".hidden", "a", "c", "b/10", "b/2", "b/a/1"], inputs.Select(i => i.Relative));
        Assert.Equal("1 file that is not DICOM, 2 hidden folders or temporary files, 1 DICOMDIR (an index: the files it lists stand beside it)", inputs.PassedOver);
        Assert.All(inputs, input => Assert.False(input.IsNamed));
    }

    [Fact]
    public void A_loop_of_linked_folders_is_not_walked()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("study/a", "x"u8);
        Directory.CreateSymbolicLink(scratch.PathOf("study", "loop"), scratch.PathOf("study"));
        var inputs = new Inputs([scratch.PathOf("study")]);
        Assert.Equal(["a"], inputs.Select(i => i.Relative));
        Assert.Equal("1 linked folder", inputs.PassedOver);
    }

    [Fact]
    public void What_a_link_leads_to_decides()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "needs /dev/zero");
        using var scratch = new ScratchFolder();
        string target = scratch.Write("elsewhere", "x"u8);
        Directory.CreateDirectory(scratch.PathOf("study"));
        File.CreateSymbolicLink(scratch.PathOf("study", "image"), target);
        File.CreateSymbolicLink(scratch.PathOf("study", "device"), "/dev/zero");
        File.CreateSymbolicLink(scratch.PathOf("study", "nowhere"), scratch.PathOf("none"));
        var inputs = new Inputs([scratch.PathOf("study")]);
        Assert.Equal(["image", "nowhere"], inputs.Select(i => i.Relative));
        Assert.Equal("1 file that is not DICOM", inputs.PassedOver);
    }

    [Fact]
    public void Nine_hundred_levels_of_folders_need_no_stack()
    {
        using var scratch = new ScratchFolder();
        string deep = scratch.Root;
        for (int i = 0; i < 900; i++) deep = Path.Combine(deep, "d");
        Directory.CreateDirectory(deep);
        File.WriteAllBytes(Path.Combine(deep, "a"), [1]);
        Assert.Equal(900 + 1, Assert.Single(new Inputs([scratch.Root])).Relative.Split('/').Length);
    }

    [Fact]
    public void An_archive_is_read_entry_by_entry_with_its_seals()
    {
        using var scratch = new ScratchFolder();
        byte[] large = new byte[3 << 20];
        new Random(7).NextBytes(large);
        string zip = Zip(scratch, "study.zip", ("s/b.dcm", large), ("s/a.dcm", [1, 2, 3]), ("s/a.dcm.seal", [9]), ("s/DICOMDIR", [1]), ("s/.x", [1]), ("s/empty", []));
        Input[] inputs = [.. new Inputs([zip])];
        Assert.Equal([zip + "!s/.x", zip + "!s/a.dcm", zip + "!s/b.dcm"], inputs.Select(i => i.Name));
        Assert.All(inputs, input => Assert.Null(input.FilePath));
        Assert.Equal([9], inputs[1].ReadSeal()!.Value.ToArray());
        Assert.Null(inputs[2].ReadSeal());
        Assert.Equal([1, 2, 3], ReadAll(inputs[1]));
        Assert.Equal(large, ReadAll(inputs[2], workers: 1000)); // 2 MB per worker: read through a file without a name
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), AtomicOutput.TemporaryPrefix + "*", new EnumerationOptions { AttributesToSkip = 0 }));
    }

    [Fact]
    public void An_archive_in_a_folder_is_read_and_one_with_a_DICOM_preamble_is_no_archive()
    {
        using var scratch = new ScratchFolder();
        Zip(scratch, "in/study.zip", ("a", [1, 2, 3]));
        Assert.Equal(["in/study.zip!a"], Names(scratch, scratch.PathOf("in")));
        byte[] polyglot = SampleFiles.All()[0].Bytes;
        "PK\u0003\u0004"u8.CopyTo(polyglot);
        Assert.Equal(["polyglot"], Names(scratch, scratch.Write("polyglot", polyglot)));
    }

    [Theory]
    [InlineData("../../../etc/passwd", "study/_./_./_./etc/passwd")]
    [InlineData("/etc/cron.d/x", "study/etc/cron.d/x")]
    [InlineData("..\\..\\x.dcm", "study/_./_./x.dcm")]
    [InlineData("C:\\x", "study/C_/x")]
    [InlineData(".ssh/authorized_keys", "study/_ssh/authorized_keys")]
    [InlineData("a\nb\u001b[0m", "study/a_b__0m")]
    [InlineData("./././a", "study/_/_/_/a")]
    public void A_name_in_an_archive_never_leads_out_of_the_output_folder(string entry, string relative)
    {
        using var scratch = new ScratchFolder();
        Input input = Assert.Single(new Inputs([Zip(scratch, "study.zip", (entry, [1]))]));
        Assert.Equal(relative, input.Relative);
        Assert.DoesNotContain("..", input.Relative.Split('/'));
    }

    [Fact]
    public void An_archive_that_inflates_beyond_reason_is_refused_before_it_is_inflated()
    {
        using var scratch = new ScratchFolder();
        string zip = Zip(scratch, "bomb.zip", ("a", new byte[20 << 20]));
        Assert.Equal(("archive-limit", 5), (FaultOf(Assert.Single(new Inputs([zip]))).Code, FaultOf(Assert.Single(new Inputs([zip]))).ExitCode));
    }

    [Fact]
    public void An_archive_that_lies_about_a_length_is_refused()
    {
        using var scratch = new ScratchFolder();
        byte[] bytes = File.ReadAllBytes(Zip(scratch, "study.zip", ("a", new byte[1000])));
        int directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BitConverter.GetBytes(1100).CopyTo(bytes, directory + 24);
        Fault fault = FaultOf(Assert.Single(new Inputs([scratch.Write("study.zip", bytes)])));
        Assert.Equal(5, fault.ExitCode);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(100)]
    public void A_damaged_archive_is_one_error_and_no_crash(int kept)
    {
        using var scratch = new ScratchFolder();
        byte[] bytes = File.ReadAllBytes(Zip(scratch, "study.zip", ("a", [1, 2, 3]), ("b", [1])));
        string cut = scratch.Write("cut.zip", bytes.AsSpan(0, kept));
        Fault fault = FaultOf(Assert.Single(new Inputs([cut])));
        Assert.Equal((5, cut), (fault.ExitCode, fault.File));
    }

    [Fact]
    public void Every_short_mutation_of_an_archive_ends_in_an_input_or_a_fault()
    {
        using var scratch = new ScratchFolder();
        byte[] bytes = File.ReadAllBytes(Zip(scratch, "study.zip", ("a", [1, 2, 3]), ("b", new byte[3000])));
        var random = new Random(11);
        for (int round = 0; round < 400; round++)
        {
            byte[] mutated = [.. bytes];
            for (int i = 0; i < 3; i++) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            string path = scratch.Write("mutated.zip", mutated);
            foreach (Input input in new Inputs([path]))
            {
                try
                {
                    input.Open(new FileBuffers(1)).Dispose();
                }
                catch (Exception e) when (Fault.From(e) is not null)
                {
                    // what a user is told, and no crash
                }
                input.Done();
            }
        }
    }

    private static byte[] MediaDirectory(params string[] ids)
    {
        var set = new ElementWriter().Text(new(0x0004, 0x1130), Vr.CS, "TEST").BeginSequence(new(0x0004, 0x1220));
        foreach (string id in ids) set.BeginItem().Text(new(0x0004, 0x1430), Vr.CS, "IMAGE ").Text(new(0x0004, 0x1500), Vr.CS, id.Length % 2 == 0 ? id : id + " ").EndItem();
        return SampleFiles.File(SampleFiles.Explicit, set.EndSequence().ToArray(), "1.2.840.10008.1.3.10");
    }

    [Fact]
    public void A_media_directory_stands_for_the_files_that_it_lists()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("IMAGES/IM1", [1]);
        scratch.Write("images2/im2.dcm", [2]); // as some systems mount it
        scratch.Write("IMAGES/UNLISTED", [3]);
        string directory = scratch.Write("DICOMDIR", MediaDirectory("IMAGES\\IM1", "IMAGES2\\IM2.DCM", "IMAGES\\IM1"));
        Input[] inputs = [.. new Inputs([directory])];
        Assert.Equal(["IMAGES/IM1", "images2/im2.dcm"], inputs.Select(i => i.Relative));
        Assert.All(inputs, input => Assert.True(input.IsNamed));
    }

    [Theory]
    [InlineData("..\\secret")]
    [InlineData("IMAGES\\..\\..\\secret")]
    [InlineData("/etc/passwd")]
    [InlineData("\\etc\\passwd")]
    [InlineData("IMAGES/IM1")]
    [InlineData("C:\\secret")]
    [InlineData(".\\IM1")]
    [InlineData("LINK\\SECRET")]
    [InlineData("LINKED")]
    [InlineData("MISSING")]
    [InlineData("IMAGES")]
    [InlineData("A\\B\\C\\D\\E\\F\\G\\H\\I\\J\\K\\L\\M\\N\\O\\P\\Q")]
    public void A_media_directory_never_leads_out_of_its_folder(string id)
    {
        using var scratch = new ScratchFolder();
        scratch.Write("outside/SECRET", [1]);
        scratch.Write("secret", [1]);
        scratch.Write("medium/IMAGES/IM1", [1]);
        Directory.CreateSymbolicLink(scratch.PathOf("medium", "LINK"), scratch.PathOf("outside"));
        File.CreateSymbolicLink(scratch.PathOf("medium", "LINKED"), scratch.PathOf("secret"));
        string directory = scratch.Write("medium/DICOMDIR", MediaDirectory(id));
        Fault fault = FaultOf(Assert.Single(new Inputs([directory])));
        Assert.Equal(("media-directory", 5, directory), (fault.Code, fault.ExitCode, fault.File));
    }

    [Fact]
    public void A_broken_media_directory_is_one_error()
    {
        using var scratch = new ScratchFolder();
        Input input = Assert.Single(new Inputs([scratch.Write("DICOMDIR", MediaDirectory("A")[..^30])]));
        Assert.Equal(5, FaultOf(input).ExitCode);
    }

    [Fact]
    public void A_damaged_image_in_a_folder_is_never_taken_for_something_else()
    {
        foreach ((string name, byte[] bytes) in SampleFiles.All())
        {
            Assert.True(DicomSniff.MeansDicom("x", new MemorySource(bytes)), name);
            Assert.True(DicomSniff.MeansDicom("x.DCM", new MemorySource(Array.Empty<byte>())), name);
        }
        byte[] image = SampleFiles.All()[0].Bytes;
        for (int bit = 0; bit < 140 * 8; bit++)
        {
            byte[] flipped = [.. image];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(DicomSniff.MeansDicom("x", new MemorySource(flipped)), $"bit {bit}");
        }
        // macOS puts notes beside files; a name of theirs that holds an image is an image
        byte[] note = [0, 5, 0x16, 7, 0, 2, .. new byte[200]];
        Assert.False(DicomSniff.MeansDicom("a/._x.dcm", new MemorySource(note)));
        Assert.True(DicomSniff.MeansDicom("a/x.dcm", new MemorySource(note)));
        "DICM"u8.CopyTo(note.AsSpan(128));
        Assert.True(DicomSniff.MeansDicom("a/._x.dcm", new MemorySource(note)));
        foreach (string text in (string[])["", "short", "{\"json\": true, \"and\": \"more\"}", "%PDF-1.4 and so on and so on"]) Assert.False(DicomSniff.MeansDicom("x.txt", new MemorySource(Encoding.ASCII.GetBytes(text))), text);
    }
}

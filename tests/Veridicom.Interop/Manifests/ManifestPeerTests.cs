using System.Text.RegularExpressions;
using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Interop.Manifests;

/// <summary>What others say of manifests, and studies that went through their hands.</summary>
public sealed class ManifestPeerTests
{
    [Fact]
    public void Dciodvfy_finds_no_error_in_a_made_manifest()
    {
        using var scratch = new ScratchFolder();

        Judged(Peer.Require("dciodvfy"), Seal(scratch, Study(scratch)));
    }

    [Theory]
    [InlineData("series-ct")]
    [InlineData("series-mr")]
    [InlineData("wg04")]
    public void Dciodvfy_finds_no_error_in_manifests_of_real_studies(string folder)
    {
        Peer judge = Peer.Require("dciodvfy");
        string files = Path.Combine(RealFiles.Root, "dicom", folder);
        Assert.SkipUnless(Directory.Exists(files), folder + " is not there");
        using var scratch = new ScratchFolder();
        string[] manifests = Directory.GetFiles(Path.GetDirectoryName(Seal(scratch, files))!, "manifest*.dcm");

        Assert.NotEmpty(manifests);
        Assert.All(manifests, manifest => Judged(judge, manifest));
        Assert.Equal(0, Run(scratch, "verify", scratch.PathOf("sealed"), "--quiet"));
    }

    [Fact]
    public void Dsrdump_renders_every_reference_and_dcmdump_every_identity()
    {
        Peer dsrdump = Peer.Require("dsrdump"), dcmdump = Peer.Require("dcmdump");
        using var scratch = new ScratchFolder();
        string manifest = Seal(scratch, Study(scratch));

        PeerResult said = dsrdump.Run(manifest).Succeeded();
        Assert.DoesNotContain("E:", said.ErrorText, StringComparison.Ordinal);
        Assert.StartsWith("Key Object Selection Document", said.OutputText, StringComparison.Ordinal);
        Assert.Contains("<CONTAINER:(,,\"Manifest\")=SEPARATE>", said.OutputText, StringComparison.Ordinal);
        Assert.Equal(Slices, Regex.Count(said.OutputText, "<contains IMAGE:=\\(CT image,\\)>"));

        PeerResult dumped = dcmdump.Run("+L", manifest).Succeeded();
        Assert.Empty(dumped.ErrorText);
        for (int i = 0; i < Slices; i++)
        {
            string identity = Verifier.Verify(new MemorySource(File.ReadAllBytes(scratch.PathOf("sealed", $"{i}.dcm"))), null, Anyone).SealIdentity!;
            Assert.Contains(string.Join('\\', identity.Chunk(2).Select(c => new string(c))), dumped.OutputText, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("dcmcrle")]
    [InlineData("dcmcjpls")]
    [InlineData("dcmcjpeg")]
    [InlineData("dcmconv", "+tb")]
    [InlineData("gdcmconv", "--implicit")]
    [InlineData("gdcmconv", "--rle")]
    [InlineData("gdcmconv", "--j2k")]
    public void A_transcoded_study_is_still_complete(string tool, string? option = null)
    {
        Peer peer = Peer.Require(tool);
        using var scratch = new ScratchFolder();
        Seal(scratch, Study(scratch));
        Directory.CreateDirectory(scratch.PathOf("moved"));
        for (int i = 0; i < Slices; i++) peer.Run([.. option is null ? Array.Empty<string>() : [option], scratch.PathOf("sealed", $"{i}.dcm"), scratch.PathOf("moved", $"{i}.dcm")]).Succeeded();
        // a document has no pixels to compress: archives only rewrite it
        Peer.Require("dcmconv").Run("+ti", scratch.PathOf("sealed", "manifest.dcm"), scratch.PathOf("moved", "manifest.dcm")).Succeeded();

        using var said = new StringWriter();
        int code = Run(scratch, said, "verify", scratch.PathOf("moved"));
        Assert.SkipWhen(!Peer.IsCi && said.ToString().Contains("libopenjp2 is not installed", StringComparison.Ordinal), "libopenjp2 is not installed");
        Assert.True(code == 0, said.ToString());
        Assert.Contains("complete      study ", said.ToString(), StringComparison.Ordinal);
        File.Delete(scratch.PathOf("moved", "1.dcm"));
        Assert.Equal(1, Run(scratch, "verify", scratch.PathOf("moved")));
    }

    private const int Slices = 4;

    private static readonly VerifyOptions Anyone = new() { Trust = TrustList.Empty, Now = DateTimeOffset.UtcNow };

    private static string Study(ScratchFolder scratch)
    {
        var options = new PhantomOptions { Size = 64, Slices = Slices };
        for (int i = 0; i < Slices; i++) scratch.Write($"study/{i}.dcm", PhantomStudy.Slice(i, options));
        return scratch.PathOf("study");
    }

    /// <summary>Seals into sealed/ and gives the path of the manifest.</summary>
    private static string Seal(ScratchFolder scratch, string folder)
    {
        Assert.Equal(0, Run(scratch, "init", "--name", "Sample Hospital"));
        Assert.Equal(0, Run(scratch, "seal", folder, "--out", scratch.PathOf("sealed")));
        return scratch.PathOf("sealed", "manifest.dcm");
    }

    private static int Run(ScratchFolder scratch, params string[] args) => Run(scratch, TextWriter.Null, args);

    private static int Run(ScratchFolder scratch, TextWriter output, params string[] args) => CommandLine.Run(args, new Surroundings
    {
        Out = output, Error = output,
        Variable = name => name switch { "VERIDICOM_HOME" => scratch.PathOf("home"), "VERIDICOM_PASSPHRASE" => "correct horse battery", _ => Environment.GetEnvironmentVariable(name) },
    });

    private static void Judged(Peer judge, string manifest)
    {
        string said = judge.Run(manifest).AllText;

        Assert.Contains("KeyObjectSelectionDocument", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", said, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Xunit;

namespace Veridicom.Interop.Reports;

/// <summary>
/// The report in Chromium, as its readers see it: judged by axe-core in a wide window, on a phone, in the dark and on paper, and printed. The page
/// has every section: a study that is not whole, altered frames, seals of several signers, signatures, files that cannot be read.
/// </summary>
public sealed class BrowserTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_report_passes_axe_core_in_every_view_asks_for_nothing_and_prints()
    {
        Peer node = Peer.Require("node"), chromium = Peer.Require("chromium");
        string modules = Modules(), page = Page(), pdf = _scratch.PathOf("report.pdf");

        PeerResult run = node.Run([Repository.PathOf("tests", "axe", "audit.mjs"), modules, chromium.Path, page, pdf], input: null, limit: TimeSpan.FromMinutes(5)).Succeeded();

        JsonElement audit = JsonDocument.Parse(run.Output).RootElement;
        JsonElement[] views = [.. audit.GetProperty("views").EnumerateArray()];
        Assert.Equal(["desktop", "phone", "dark", "paper"], views.Select(view => view.GetProperty("name").GetString()!));
        foreach (JsonElement view in views)
        {
            string name = view.GetProperty("name").GetString()!;
            Assert.True(view.GetProperty("violations").GetArrayLength() == 0, $"{name}: {view.GetProperty("violations")}");
            Assert.InRange(view.GetProperty("rulesPassed").GetInt32(), 20, 200);
            // signs of one letter are beside words that say the same; of all other text the contrast was measured
            Assert.All(view.GetProperty("undecidedContrast").EnumerateArray(), html => Assert.Contains("aria-hidden", html.GetString(), StringComparison.Ordinal));
            Assert.True(view.GetProperty("messages").GetArrayLength() == 0, $"{name}: {view.GetProperty("messages")}");
            Assert.Equal(1, view.GetProperty("requests").GetInt32()); // the page itself
            Assert.Equal(0, view.GetProperty("overflow").GetInt32());
            Assert.NotEqual("0px", view.GetProperty("styled").GetString()); // the policy lets its own style in
            Assert.InRange(view.GetProperty("pictures").GetInt32(), 10, 100);
            Assert.Equal(view.GetProperty("pictures").GetInt32(), view.GetProperty("picturesShown").GetInt32());
            Assert.InRange(view.GetProperty("folded").GetInt32(), 2, 100);
            Assert.Equal(name == "paper" ? view.GetProperty("folded").GetInt32() : 0, view.GetProperty("unfolded").GetInt32());
        }
        byte[] printed = File.ReadAllBytes(pdf);
        Assert.StartsWith("%PDF-", System.Text.Encoding.ASCII.GetString(printed.AsSpan(0, 8)), StringComparison.Ordinal);
        Assert.InRange(printed.Length, 20_000, 20_000_000);
    }

    /// <summary>Where ./test installed axe-core; without it the running test is skipped, or fails under CI=true.</summary>
    private static string Modules()
    {
        string folder = Repository.PathOf(".build", "axe");
        if (Directory.Exists(Path.Combine(folder, "node_modules", "axe-core"))) return folder;
        Assert.SkipUnless(Peer.IsCi, "axe-core is not installed: ./test installs it into .build/axe");
        Assert.Fail("axe-core is not installed in .build/axe, and CI=true demands it");
        return "";
    }

    private string Page()
    {
        string demo = _scratch.PathOf("demo"), page = _scratch.PathOf("report.html");
        Run(0, "demo", "--out", demo);
        byte[] slice = File.ReadAllBytes(Path.Combine(demo, "sealed", "09.dcm"));
        _scratch.Write("demo/tampered/cut.dcm", slice.AsSpan(0, slice.Length / 2));
        _scratch.Write("demo/tampered/empty.dcm", []);
        _scratch.Write("demo/tampered/readme.txt", "no image"u8);
        File.Delete(Path.Combine(demo, "sealed", "20.dcm"));
        Stranger(demo);
        Run(1, "verify", Path.Combine(demo, "sealed"), Path.Combine(demo, "tampered"), Path.Combine(demo, "stranger"), Path.Combine(demo, "honest"),
            "--trust", Path.Combine(demo, "home", "trust"), "--original", Path.Combine(demo, "sealed"), "--report", page);
        string html = File.ReadAllText(page);
        foreach (string word in (string[])["Authentic", "Altered", "Unsealed", "Partial", "Unverifiable", "Untrusted", "could not be looked at", "The study as a whole", "yellow line"])
            Assert.Contains(word, html, StringComparison.Ordinal);
        return page;
    }

    /// <summary>The same phantom, sealed by somebody whom the trust list does not know.</summary>
    private void Stranger(string demo)
    {
        string home = _scratch.PathOf("stranger-home");
        string secret = _scratch.Write("secret", "correct horse battery"u8);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Run(0, home, "init", "--name", "Stranger & Sons <b>", "--passphrase-file", secret);
        Run(0, home, "seal", _scratch.Write("stranger.dcm", PhantomStudy.Slice(3, new PhantomOptions { Size = 64, Seed = 7 })), "--out", Path.Combine(demo, "stranger"), "--passphrase-file", secret);
    }

    private void Run(int wanted, string first, params string[] rest)
    {
        bool hasHome = Path.IsPathRooted(first);
        string[] args = hasHome ? rest : [first, .. rest];
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = CommandLine.Run(args, new Surroundings
        {
            Out = output, Error = error, Variable = name => name == "VERIDICOM_HOME" ? (hasHome ? first : _scratch.PathOf("no-home")) : null,
        });
        Assert.True(code == wanted, $"{string.Join(' ', args)}: {code}, wanted {wanted}\n{output}\n{error}");
    }
}

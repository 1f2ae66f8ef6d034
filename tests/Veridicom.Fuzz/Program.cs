using System.Diagnostics;
using System.Globalization;
using Veridicom.Testing;

// Veridicom.Fuzz [N] [--seed S] [--input I] [--workers W] [--findings FOLDER]
// Runs N damaged inputs (1,000,000 without N) through all targets; --input gives one input to all targets again and shows what comes.
// Keys and seals are made anew in each run: what was found in a sealed file is kept with the trust anchor, and can be verified with it.
long count = 1_000_000;
ulong seed = 20231;
long? single = null;
int workers = Environment.ProcessorCount;
string folder = Repository.PathOf(".build", "fuzz");
for (int i = 0; i < args.Length; i++)
{
    string Value() => i + 1 < args.Length ? args[++i] : throw new ArgumentException($"{args[i]} needs a value");
    if (args[i] == "--seed") seed = ulong.Parse(Value(), CultureInfo.InvariantCulture);
    else if (args[i] == "--input") single = long.Parse(Value(), CultureInfo.InvariantCulture);
    else if (args[i] == "--workers") workers = int.Parse(Value(), CultureInfo.InvariantCulture);
    else if (args[i] == "--findings") folder = Path.GetFullPath(Value());
    else if (!long.TryParse(args[i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out count) || count < 1)
    {
        Console.Error.WriteLine("usage: Veridicom.Fuzz [N] [--seed S] [--input I] [--workers W] [--findings FOLDER]");
        return 2;
    }
}

List<FuzzSeed> plain = [.. FuzzSeeds.Made(), .. FuzzSeeds.Real()];
var organisation = new SealedSeeds(plain);
List<FuzzSeed> seeds = [.. plain, .. organisation.Seeds];
FuzzTarget[] targets = [ParseTarget.Target, VerifyTarget.For(organisation), RenderTarget.Target];
var run = new FuzzRun(seeds, targets, seed);
if (single is { } number)
{
    (FuzzSeed from, byte[] bytes) = run.Input(number);
    Console.WriteLine($"input {number} of seed {seed}: {bytes.Length} bytes made from {from.Name}");
    foreach (FuzzTarget target in targets) Console.WriteLine($"{target.Name}: {target.Run(from, bytes)}");
    return 0;
}

Console.Error.WriteLine($"{count:N0} inputs from {seeds.Count} files on {workers} cores, seed {seed}");
if (FuzzSeeds.Real().FirstOrDefault() is null) Console.Error.WriteLine("no folder of real files (VERIDICOM_DATA): only files made here");
long began = Stopwatch.GetTimestamp();
long peak = 0;
int told = 0;
bool returned = run.Run(count, workers, state =>
{
    peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
    if (++told % 5 != 0) return;
    double rate = state.Done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    Console.Error.WriteLine($"{state.Done:N0} of {count:N0}, {rate:N0} a second, {state.Findings.Count} findings, {peak >> 20} MB");
});

foreach ((string outcome, long times) in run.Outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal)) Console.Error.WriteLine($"{times,12:N0}  {outcome}");
if (run.Findings.Count > 0)
{
    Directory.CreateDirectory(folder);
    File.WriteAllBytes(Path.Combine(folder, "anchor.crt"), organisation.Anchor);
    foreach (FuzzFinding finding in run.Findings.OrderBy(finding => finding.Input))
    {
        string name = $"{finding.Kind}-{finding.Target}-{seed}-{finding.Input}";
        File.WriteAllBytes(Path.Combine(folder, name + ".dcm"), finding.Bytes);
        File.WriteAllText(Path.Combine(folder, name + ".txt"), $"made from {finding.Seed}\n{finding.Detail}\n");
        Console.Error.WriteLine($"{name}: {finding.Detail.Split('\n')[0]}");
    }
    Console.Error.WriteLine($"findings are in {folder}; again: --seed {seed} --input NUMBER");
}
TimeSpan took = Stopwatch.GetElapsedTime(began);
Console.WriteLine($"fuzz: {run.Done:N0} inputs, {run.Findings.Count} findings, {took.TotalSeconds:F0} s, {run.Done / took.TotalSeconds:N0} a second, managed memory at most {peak >> 20} MB");
return returned && run.Findings.Count == 0 ? 0 : 1;


using System.Diagnostics;
using System.Globalization;
using Veridicom.OpenJpeg;
using Veridicom.Testing;
using Veridicom.Testing.DicomWeb;
using Veridicom.Tests.Fuzz;

// Veridicom.Fuzz [N] [--only NAME] [--seed S] [--input I] [--workers W] [--findings FOLDER]
// Runs N damaged files (1,000,000 without N) through parser, verification, rendering and what reads metadata, and a fifth of N damaged codestreams through each decoder, as many
// damaged pictures through what reads their metadata, models through their readers, and as many damaged conversations through the DICOM provider and the calling side, and a tenth of N damaged requests through DICOMweb;
// --only does one of them ('files', a decoder by name, 'dimse', 'dimse-user' or 'http'); --input gives one input again, with --only, and shows what comes.
// Keys and seals are made anew in each run: what was found in a sealed file is kept with the trust anchor, and can be verified with it.
long count = 1_000_000;
ulong seed = 20231;
long? single = null;
string? only = null;
int workers = Environment.ProcessorCount;
string folder = Repository.PathOf(".build", "fuzz");
for (int i = 0; i < args.Length; i++)
{
    string Value() => i + 1 < args.Length ? args[++i] : throw new ArgumentException($"{args[i]} needs a value");
    if (args[i] == "--seed") seed = ulong.Parse(Value(), CultureInfo.InvariantCulture);
    else if (args[i] == "--only") only = Value();
    else if (args[i] == "--input") single = long.Parse(Value(), CultureInfo.InvariantCulture);
    else if (args[i] == "--workers") workers = int.Parse(Value(), CultureInfo.InvariantCulture);
    else if (args[i] == "--findings") folder = Path.GetFullPath(Value());
    else if (!long.TryParse(args[i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out count) || count < 1)
    {
        Console.Error.WriteLine("usage: Veridicom.Fuzz [N] [--only NAME] [--seed S] [--input I] [--workers W] [--findings FOLDER]");
        return 2;
    }
}

if (FuzzSeeds.Real().FirstOrDefault() is null) Console.Error.WriteLine("no folder of real files (VERIDICOM_DATA): only files made here");
// a frame that takes longer than an input may is a worker that is killed, not a hang of ours
using var jpeg2000 = new OpenJpegWorkers(workers, TimeSpan.FromMilliseconds(700));
bool sound = true, any = false;
if (only is null or "files")
{
    any = true;
    List<FuzzSeed> plain = [.. FuzzSeeds.Made(), .. FuzzSeeds.Real()];
    var organisation = new SealedSeeds(plain);
    List<FuzzSeed> seeds = [.. plain, .. organisation.Seeds];
    FuzzTarget[] targets = [ParseTarget.Target, VerifyTarget.For(organisation), RenderTarget.Target, MetadataFuzz.Dicom];
    sound &= Run("files", seeds, targets, new FuzzRun(seeds, targets, seed), count, ".dcm", () => File.WriteAllBytes(Path.Combine(folder, "anchor.crt"), organisation.Anchor));
}
foreach (CodecFuzz codec in CodecTargets.Managed.Append(CodecTargets.Jpeg2000(jpeg2000)).Concat(MetadataFuzz.All).Append(ConversationFuzz.Conversations).Append(CallFuzz.Calls))
{
    if (only is not null && only != codec.Name) continue;
    any = true;
    sound &= Run(codec.Name, codec.Seeds, [codec.Target], codec.Run(seed), Math.Max(1, only is null ? count / 5 : count), ".code", () => { });
}
if (only is null or "http")
{
    any = true;
    sound &= await Http(Math.Max(1, only is null ? count / 10 : count));
}
if (!any) Console.Error.WriteLine($"there is no '{only}'");
return sound && any ? 0 : 1;

bool Run(string what, IReadOnlyList<FuzzSeed> seeds, IReadOnlyList<FuzzTarget> targets, FuzzRun run, long inputs, string ending, Action keep)
{
    if (single is { } number)
    {
        (FuzzSeed from, byte[] bytes) = run.Input(number);
        Console.WriteLine($"{what}, input {number} of seed {seed}: {bytes.Length} bytes made from {from.Name}");
        foreach (FuzzTarget target in targets) Console.WriteLine($"{target.Name}: {target.Run(from, bytes)}");
        return true;
    }
    Console.Error.WriteLine($"{what}: {inputs:N0} inputs from {seeds.Count} seeds on {workers} cores, seed {seed}");
    long began = Stopwatch.GetTimestamp();
    long peak = 0;
    int told = 0;
    bool returned = run.Run(inputs, workers, state =>
    {
        peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
        if (++told % 5 != 0) return;
        double rate = state.Done / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.Error.WriteLine($"{state.Done:N0} of {inputs:N0}, {rate:N0} a second, {state.Findings.Count} findings, {peak >> 20} MB");
    });

    foreach ((string outcome, long times) in run.Outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal)) Console.Error.WriteLine($"{times,12:N0}  {outcome}");
    if (run.Findings.Count > 0)
    {
        Directory.CreateDirectory(folder);
        keep();
        foreach (FuzzFinding finding in run.Findings.OrderBy(finding => finding.Input))
        {
            string name = $"{finding.Kind}-{finding.Target}-{seed}-{finding.Input}";
            File.WriteAllBytes(Path.Combine(folder, name + ending), finding.Bytes);
            File.WriteAllText(Path.Combine(folder, name + ".txt"), $"made from {finding.Seed}\n{finding.Detail}\n");
            Console.Error.WriteLine($"{name}: {finding.Detail.Split('\n')[0]}");
        }
        Console.Error.WriteLine($"findings are in {folder}; again: --only {what} --seed {seed} --input NUMBER");
    }
    TimeSpan took = Stopwatch.GetElapsedTime(began);
    Console.WriteLine($"fuzz {what}: {run.Done:N0} inputs, {run.Findings.Count} findings, {took.TotalSeconds:F0} s, {run.Done / took.TotalSeconds:N0} a second, managed memory at most {peak >> 20} MB");
    return returned && run.Findings.Count == 0;
}

async Task<bool> Http(long requests)
{
    await using DicomWebHost host = await DicomWebHost.StartAsync();
    var fuzz = new HttpFuzz(host, seed);
    byte[][] files = [.. ((string[])["2.25.30", "2.25.31"]).Select(uid => Images.Make(instance: uid))];
    long began = Stopwatch.GetTimestamp();
    Console.Error.WriteLine($"http: {requests:N0} requests, seed {seed}");
    await fuzz.RunAsync(files, single ?? 0, single is null ? requests : 1, single is null ? 64 : 1, CancellationToken.None);
    foreach ((string outcome, long times) in fuzz.Outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal)) Console.Error.WriteLine($"{times,12:N0}  {outcome}");
    Directory.CreateDirectory(folder);
    foreach (HttpFinding finding in fuzz.Findings)
    {
        File.WriteAllBytes(Path.Combine(folder, $"http-{seed}-{finding.Input}.bin"), finding.Bytes);
        Console.Error.WriteLine($"http-{seed}-{finding.Input} from {finding.Seed}: {finding.Detail}");
    }
    using HttpClient client = host.Client();
    bool alive = (await client.GetAsync("/dicom-web/studies/2.25.10")).IsSuccessStatusCode;
    TimeSpan took = Stopwatch.GetElapsedTime(began);
    Console.WriteLine($"fuzz http: {fuzz.Done:N0} inputs, {fuzz.Findings.Count} findings, {took.TotalSeconds:F0} s, {fuzz.Done / took.TotalSeconds:N0} a second, managed memory at most {fuzz.MostMemory >> 20} MB{(alive ? "" : ", and the server answers no more")}");
    return alive && fuzz.Findings.Count == 0;
}

using Veridicom.Bench;

if (args is ["seal"]) return SealBench.Run();
if (args is ["parse"]) return ParseBench.Run();
if (args is ["pixels", .. var parts]) return PixelBench.Run(parts);
if (args is ["qido", .. var databases]) return await QidoBench.RunAsync(databases);
Console.Error.WriteLine("usage: bench/run seal|parse|pixels [PART...]|qido [sqlite|postgresql]");
return 2;

using Veridicom.Bench;

if (args is ["seal"]) return SealBench.Run();
if (args is ["parse"]) return ParseBench.Run();
if (args is ["pixels", .. var parts]) return PixelBench.Run(parts);
if (args is ["qido", .. var databases]) return await QidoBench.RunAsync(databases);
if (args is ["gateway", .. var measured]) return await GatewayBench.RunAsync(measured);
if (args is ["detect"]) return DetectBench.Run();
Console.Error.WriteLine("usage: bench/run seal|parse|detect|pixels [PART...]|qido [sqlite|postgresql]|gateway [dimse|stow|many|latency|memory[=COUNT]...]");
return 2;

using Veridicom.Bench;

if (args is ["seal"]) return SealBench.Run();
if (args is ["parse"]) return ParseBench.Run();
if (args is ["pixels", .. var parts]) return PixelBench.Run(parts);
Console.Error.WriteLine("usage: bench/run seal|parse|pixels [PART...]");
return 2;

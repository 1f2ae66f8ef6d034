using Veridicom.Bench;

if (args is ["seal"]) return SealBench.Run();
if (args is ["parse"]) return ParseBench.Run();
if (args is ["pixels"]) return PixelBench.Run();
Console.Error.WriteLine("usage: bench/run seal|parse|pixels");
return 2;

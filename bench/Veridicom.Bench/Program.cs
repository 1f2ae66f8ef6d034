using Veridicom.Bench;

if (args is ["seal"]) return SealBench.Run();
if (args is ["parse"]) return ParseBench.Run();
Console.Error.WriteLine("usage: bench/run seal|parse");
return 2;

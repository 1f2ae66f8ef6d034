using Veridicom.Bench;

if (args is ["seal"]) return SealBench.Run();
Console.Error.WriteLine("usage: bench/run seal");
return 2;

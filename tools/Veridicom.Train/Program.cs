Console.Error.WriteLine("veridicom-train DATA: trains the detector");
return 2;

Console.WriteLine("veridicom");

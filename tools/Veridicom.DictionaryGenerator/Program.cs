using Veridicom.DictionaryGenerator;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: Veridicom.DictionaryGenerator FOLDER-OF-FACTS src/Veridicom.Dicom/Dictionary");
    Console.Error.WriteLine($"the folder of facts holds {string.Join(", ", StandardFacts.FileNames)}");
    return 2;
}

foreach (var (name, content) in Tables.Generate(StandardFacts.Read(args[0])))
{
    File.WriteAllText(Path.Combine(args[1], name), content);
    Console.Error.WriteLine($"{name}: {content.Length} characters");
}

return 0;

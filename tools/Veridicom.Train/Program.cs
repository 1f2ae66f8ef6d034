using System.Diagnostics;
using System.Globalization;
using Veridicom.Train;
using Veridicom.Train.Card;
using Veridicom.Train.Corpus;
using Veridicom.Train.Local;

const string Usage = """
    usage: veridicom-train DATA [--out FILE] [--seed N] [--card FILE] [--gallery DIR] [--answers FILE]
    Trains and evaluates the detector of generated radiographs.
      DATA           folder with train/ and calibrate/, each with images and labels.csv (file,label,source)
      --out FILE     writes the model there
      --seed N       of all chance; 20261122 unless told
      --card FILE    writes the figures into this model card, between its marks
      --gallery DIR  writes the worst errors there as PNG files
      --answers FILE writes every answer about an image held out there, as CSV
           or: veridicom-train local DATA [--out FILE] [--seed N]
    Fits the model for local changes in CT and writes it; without --out judges the one that is shipped.
    """;
if (args is ["local", ..]) return LocalCommand.Run(args[1..], Console.Out, Console.Error);
string? data = null, output = null, card = null, gallery = null, answers = null;
ulong seed = DetectorTraining.Seed;
for (int i = 0; i < args.Length; i++)
{
    bool hasValue = i + 1 < args.Length;
    switch (args[i])
    {
        case "--out" when hasValue: output = args[++i]; break;
        case "--card" when hasValue: card = args[++i]; break;
        case "--gallery" when hasValue: gallery = args[++i]; break;
        case "--answers" when hasValue: answers = args[++i]; break;
        case "--seed" when hasValue && ulong.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out seed): i++; break;
        case { } argument when data is null && !argument.StartsWith('-'): data = argument; break;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
if (data is null)
{
    Console.Error.WriteLine(Usage);
    return 2;
}
try
{
    long begun = Stopwatch.GetTimestamp();
    void Progress(string text) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(begun).TotalSeconds,6:0} s  {text}"));
    // its marks are looked for before minutes are spent
    string? page = card is null ? null : File.ReadAllText(card);
    if (page is not null) _ = CardText.Part(page, ModelCard.ModelPart);
    DetectorTraining training = DetectorTraining.Of(data, seed, Progress);
    if (training.Skipped > 0) Progress($"{training.Skipped} variants of images were too small or too empty to be used");
    if (output is not null) File.WriteAllBytes(output, training.Model.Write());
    if (card is not null) File.WriteAllText(card, CardText.With(page!, ModelCard.Parts(training.Model, training.Set, training.Evaluation)));
    if (answers is not null) File.WriteAllText(answers, CardTables.Answers(training.Evaluation.Answers));
    if (gallery is not null) Gallery.Write(gallery, training.Evaluation.Failures, training.Folder, seed);
    Console.WriteLine(ModelCard.Model(training.Model));
    Console.WriteLine();
    Console.WriteLine(ModelCard.Figures(training.Model));
    return 0;
}
catch (Exception e) when (e is CorpusException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine("veridicom-train: " + e.Message);
    return 1;
}

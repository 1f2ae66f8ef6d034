using Veridicom.Forensics;
using Veridicom.Pixels.Png;
using Veridicom.Train.Corpus;
using Veridicom.Train.Evaluation;
using Veridicom.Train.Generators;

namespace Veridicom.Train.Card;

/// <summary>Writes the worst errors as pictures, for a person to look at. They are made of the data and must not be published where the data may not.</summary>
internal static class Gallery
{
    /// <summary>One PNG file for each failure, under the names that the card gives.</summary>
    /// <exception cref="CorpusException">An image can no longer be read.</exception>
    public static void Write(string folder, IReadOnlyList<Failure> failures, LabelledFolder data, ulong seed)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < failures.Count; i++)
        {
            TrainingSample sample = failures[i].Image.Sample;
            LabelledImage image = data.Train.First(candidate => candidate.Name == sample.Name);
            GrayPicture picture = image.Shown();
            if (sample.Simulated) picture = Extraction.Remade(image, picture, SimulatedGenerator.All.Single(generator => generator.Name == sample.Generator), seed);
            byte[] samples = new byte[picture.Values.Length];
            for (int k = 0; k < samples.Length; k++) samples[k] = (byte)Math.Clamp(MathF.Round(picture.Values[k]), 0, 255);
            File.WriteAllBytes(Path.Combine(folder, failures[i].FileName(i + 1)), PngWriter.Write(picture.Columns, picture.Rows, PngColour.Grey, 8, samples));
        }
    }
}

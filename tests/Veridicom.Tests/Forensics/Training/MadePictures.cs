using Veridicom.Forensics;
using Veridicom.Train;

namespace Veridicom.Tests.Forensics.Training;

/// <summary>Pictures that look a little like radiographs: soft shapes, an edge, noise that grows with brightness.</summary>
internal static class MadePictures
{
    public static GrayPicture Radiograph(int rows, int columns, ulong seed)
    {
        var random = new SeededRandom(seed);
        double slope = random.Between(0.2, 0.6), wave = random.Between(20, 60);
        var values = new float[rows * columns];
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                double bright = 90 + 40 * Math.Sin(x / wave) * Math.Cos(y / wave) + slope * (y - rows / 2.0) / rows * 60 + (x > columns / 2 ? 20 : 0);
                values[y * columns + x] = (float)Math.Clamp(Math.Round(bright + Math.Sqrt(bright) * 0.4 * random.Normal()), 10, 245);
            }
        }
        return new GrayPicture(rows, columns, values, 256);
    }
}

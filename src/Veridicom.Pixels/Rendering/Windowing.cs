using System.Globalization;

namespace Veridicom.Pixels.Rendering;

/// <summary>How a window maps values (PS3.3-2023b C.11.2.1.2 and C.11.2.1.3).</summary>
public enum WindowFunction
{
    /// <summary>LINEAR: the window reaches from c - 0.5 - (w - 1) / 2 to c - 0.5 + (w - 1) / 2.</summary>
    Linear,
    /// <summary>LINEAR_EXACT: from c - w / 2 to c + w / 2.</summary>
    LinearExact,
    /// <summary>SIGMOID.</summary>
    Sigmoid,
}

/// <summary>A window.</summary>
/// <param name="Centre">Window Center, in values behind the modality transformation (HU in CT).</param>
/// <param name="Width">Window Width: at least 1 for <see cref="WindowFunction.Linear"/>, else above 0.</param>
/// <param name="Function">How it maps.</param>
public readonly record struct Window(double Centre, double Width, WindowFunction Function = WindowFunction.Linear)
{
    /// <summary>True where it can be used.</summary>
    public bool IsSound => double.IsFinite(Centre) && double.IsFinite(Width) && (Function == WindowFunction.Linear ? Width >= 1 : Width > 0);

    /// <summary>0 for what is black to 1 for what is white; not a number is black.</summary>
    public double Map(double value)
    {
        if (double.IsNaN(value)) return 0;
        double place = Function switch
        {
            WindowFunction.Sigmoid => 1 / (1 + Math.Exp(-4 * (value - Centre) / Width)),
            WindowFunction.LinearExact => (value - Centre) / Width + 0.5,
            // a width of 1 is a step
            _ when Width <= 1 => value <= Centre - 0.5 ? 0 : 1,
            _ => (value - (Centre - 0.5)) / (Width - 1) + 0.5,
        };
        return Math.Clamp(place, 0, 1);
    }

    /// <summary>Reads "CENTRE,WIDTH".</summary>
    public static bool TryParse(string text, out Window window)
    {
        window = default;
        string[] parts = text.Split(',');
        if (parts.Length != 2 || !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double centre)
            || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double width)) return false;
        window = new Window(centre, width);
        return window.IsSound;
    }
}

/// <summary>What values were mapped to brightness by.</summary>
public enum WindowSource
{
    /// <summary>Nothing: the picture is in colour.</summary>
    Colour,
    /// <summary>The caller's window.</summary>
    Caller,
    /// <summary>A VOI LUT of the file.</summary>
    VoiLut,
    /// <summary>A window of the file.</summary>
    File,
    /// <summary>The file says nothing: the range that its bits can hold.</summary>
    FullRange,
    /// <summary>The file says nothing: all but the darkest and brightest half percent of the frame's values, padding aside.</summary>
    Percentiles,
}

/// <summary>How a frame was mapped to brightness.</summary>
/// <param name="Source">By what.</param>
/// <param name="Window">The window, null for colours and tables.</param>
/// <param name="Inverted">The lowest value is white (MONOCHROME1).</param>
public sealed record Windowing(WindowSource Source, Window? Window, bool Inverted)
{
    /// <summary>A phrase in ASCII for a legend.</summary>
    public string Text
    {
        get
        {
            string window = Window is { } w ? string.Create(CultureInfo.InvariantCulture, $"window {w.Centre:0.###}, {w.Width:0.###}") : "";
            string text = Source switch
            {
                WindowSource.Colour => "colour, as it is",
                WindowSource.Caller => window + ", as asked for",
                WindowSource.VoiLut => "VOI LUT of the file",
                WindowSource.File => window + " of the file",
                WindowSource.FullRange => "full range of the stored bits",
                _ => window + " from the values of the frame",
            };
            return Inverted ? text + ", low is white" : text;
        }
    }
}

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>What a program named in a file is for.</summary>
internal enum SoftwareKind
{
    /// <summary>Makes pictures of nothing.</summary>
    Generator,

    /// <summary>Changes pictures by hand.</summary>
    Editor,

    /// <summary>Converts, resizes, draws.</summary>
    Converter,
}

/// <summary>
/// Names of programs. Left out on purpose are names that are also words or devices of medicine: Gemini (a PET scanner), Imagen (Spanish for image), Leonardo (a workstation).
/// </summary>
internal static class KnownSoftware
{
    private static readonly string[] Generators =
    [
        "DALL-E", "DALL·E", "ChatGPT", "GPT-4o", "gpt-image", "OpenAI", "Midjourney", "Stable Diffusion", "stable-diffusion", "StableDiffusion", "SDXL", "Stability AI", "AUTOMATIC1111",
        "ComfyUI", "InvokeAI", "Fooocus", "NovelAI", "Adobe Firefly", "Google AI", "Google Imagen", "Google Gemini", "Imagen 3", "Imagen 4", "Black Forest Labs", "FLUX.1", "Leonardo.Ai",
        "Ideogram", "DreamStudio", "Bing Image Creator", "Grok Imagine", "RoentGen", "StyleGAN", "StyleGAN2", "StyleGAN3", "CT-GAN", "DiffusionBee", "Draw Things", "Craiyon", "NightCafe", "Civitai",
    ];

    private static readonly string[] Editors =
    [
        "Photoshop", "GIMP", "Paint.NET", "Affinity Photo", "Pixelmator", "CorelDRAW", "Corel PHOTO-PAINT", "Paint Shop Pro", "PaintShop Pro", "Lightroom", "Snapseed", "PicsArt", "Canva",
        "Luminar", "Krita", "Pixlr", "Photopea", "Facetune", "Microsoft Paint", "Microsoft Designer", "Photoscape", "Picasa", "Fotor",
    ];

    private static readonly string[] Converters =
    [
        "ImageMagick", "GraphicsMagick", "libvips", "Pillow", "IrfanView", "XnView", "FFmpeg", "Lavc", "OpenCV", "MATLAB", "ImageJ", "scikit-image", "Matplotlib", "Inkscape", "dcm2jpg", "gd-jpeg",
    ];

    // 'no OpenAI service used', 'not made with Midjourney'
    private static readonly string[] Denials = ["no", "not", "non", "none", "never", "without", "nothing", "isn't", "wasn't", "false", "disabled", "unused", "kein", "keine", "nicht", "ohne", "sans", "sin"];

    /// <summary>The first known name in a text, whole words only; null where there is none. Generators count before editors, editors before converters; a text that denies something names no generator.</summary>
    public static (string Name, SoftwareKind Kind)? Find(string text)
    {
        foreach ((string[] names, SoftwareKind kind) in ((string[], SoftwareKind)[])[(Generators, SoftwareKind.Generator), (Editors, SoftwareKind.Editor), (Converters, SoftwareKind.Converter)])
        {
            if (kind == SoftwareKind.Generator && Denies(text)) continue;
            foreach (string name in names)
            {
                if (Stands(text, name)) return (name, kind);
            }
        }
        return null;
    }

    /// <summary>True where a text begins with the name of a generator and denies nothing.</summary>
    public static bool BeginsWithGenerator(string text)
    {
        string trimmed = text.TrimStart();
        return Array.Exists(Generators, name => trimmed.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (trimmed.Length == name.Length || !char.IsLetter(trimmed[name.Length]))) && !Denies(text);
    }

    /// <summary>True where a word of denial stands anywhere in a text.</summary>
    public static bool Denies(string text) => Array.Exists(Denials, word => Stands(text, word));

    /// <summary>True where words stand in a text with no letter on either side, whatever the case.</summary>
    public static bool Stands(string text, string words)
    {
        for (int at = text.IndexOf(words, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(words, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            int end = at + words.Length;
            if ((at == 0 || !char.IsLetter(text[at - 1])) && (end == text.Length || !char.IsLetter(text[end]))) return true;
        }
        return false;
    }
}

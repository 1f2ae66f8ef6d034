namespace Veridicom.Pixels.Rendering;

/// <summary>
/// The letters of legends: ASCII, five pixels wide and eight high, the last row for what hangs below the line. Drawn for this program, so that a picture looks
/// the same on a machine that has no fonts.
/// </summary>
internal static class PixelFont
{
    /// <summary>Pixels of a letter from left to right.</summary>
    public const int Width = 5;

    /// <summary>Pixels of a letter from top to bottom.</summary>
    public const int Height = 8;

    // Eight signs a letter, from the space on: one for each row, whose five bits are its pixels from left to right (0 to 9 are 0 to 9, A to V are 10 to 31).
    private const string Rows =
        "0000000044444040AA000000AAVAVAA04FKE5U40PQ248BJ0CIK8LID044000000248884208422248004LEL400044V4400" +
        "00000C48000E000000000CC0122488G0EHJLPHE04C4444E0EH168GV0EH161HE026AIV220VGU11HE068GUHHE0V1244880" +
        "EHHEHHE0EHHF12C00CC0CC000CC00C48248G842000V0V00084212480EH124040EHNLNGE04AHHVHH0UHHUHHU0EHGGGHE0" +
        "SIHHHIS0VGGUGGV0VGGUGGG0EHGNHHF0HHHVHHH0E44444E072222IC0HIKOKIH0GGGGGGV0HRLLHHH0HPPLJJH0EHHHHHE0" +
        "UHHUGGG0EHHHLID0UHHUKIH0FGGE11U0V4444440HHHHHHE0HHHHAA40HHHLLRH0HHA4AHH0HHA44440V1248GV0E88888E0" +
        "G8842210E22222E04AH000000000000V8400000000E1FHF0GGUHHHU000FGGGF011FHHHF000EHVGF068U8888000FHHF1E" +
        "GGUHHHH040C444E0206222ICGGIKOKI0C444442000QLLLL000UHHHH000EHHHE000UHHUGG00FHHF1100MPGGG000FGE1U0" +
        "88U8886000HHHHF000HHHA4000HLLLA000HA4AH000HHHF1E00V248V03448443044444444O44244O0008L2000";

    /// <summary>True where the letter has ink; what is not ASCII looks like a question mark.</summary>
    public static bool HasInk(char letter, int column, int row)
    {
        if (letter is < ' ' or > '~') letter = '?';
        char sign = Rows[(letter - ' ') * Height + row];
        int bits = sign <= '9' ? sign - '0' : sign - 'A' + 10;
        return ((bits >> (Width - 1 - column)) & 1) != 0;
    }
}

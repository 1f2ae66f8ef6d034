namespace Veridicom.DictionaryGenerator;

/// <summary>
/// What the lists of PS3.6 leave out: the command elements of group 0000 (PS3.7-2023b E.1) and the two elements that
/// every group may hold, group lengths (PS3.5-2023b 7.2) and private creators (PS3.5-2023b 7.8.1).
/// </summary>
public static class CommandElements
{
    public const string GroupLength = "GenericGroupLength";

    public const string PrivateCreator = "PrivateCreator";

    public static IReadOnlyList<AttributeFact> All { get; } =
    [
        Command(0x0000, "UL", "Command Group Length"),
        Command(0x0002, "UI", "Affected SOP Class UID"),
        Command(0x0003, "UI", "Requested SOP Class UID"),
        Command(0x0100, "US", "Command Field"),
        Command(0x0110, "US", "Message ID"),
        Command(0x0120, "US", "Message ID Being Responded To"),
        Command(0x0600, "AE", "Move Destination"),
        Command(0x0700, "US", "Priority"),
        Command(0x0800, "US", "Command Data Set Type"),
        Command(0x0900, "US", "Status"),
        Command(0x0901, "AT", "Offending Element", "1-n"),
        Command(0x0902, "LO", "Error Comment"),
        Command(0x0903, "US", "Error ID"),
        Command(0x1000, "UI", "Affected SOP Instance UID"),
        Command(0x1001, "UI", "Requested SOP Instance UID"),
        Command(0x1002, "US", "Event Type ID"),
        Command(0x1005, "AT", "Attribute Identifier List", "1-n"),
        Command(0x1008, "US", "Action Type ID"),
        Command(0x1020, "US", "Number of Remaining Sub-operations"),
        Command(0x1021, "US", "Number of Completed Sub-operations"),
        Command(0x1022, "US", "Number of Failed Sub-operations"),
        Command(0x1023, "US", "Number of Warning Sub-operations"),
        Command(0x1030, "AE", "Move Originator Application Entity Title"),
        Command(0x1031, "US", "Move Originator Message ID"),
        new(new TagPattern(0, 0x0000_FFFF), GroupLength, "Generic Group Length", ["UL"], "1", true),
        // The mask cannot say 10 to FF; the lookup does.
        new(new TagPattern(0x0001_0000, 0x0001_FF00), PrivateCreator, "Private Creator", ["LO"], "1", false),
    ];

    private static AttributeFact Command(uint element, string vr, string name, string vm = "1")
    {
        string keyword = string.Concat(name.Split(' ', '-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        return new(new TagPattern(element, uint.MaxValue), keyword.Replace("SubOperations", "Suboperations", StringComparison.Ordinal),
            name, [vr], vm, false);
    }
}

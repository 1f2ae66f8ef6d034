using System.CommandLine;
using Veridicom.Seals.Seal;

namespace Veridicom.Cli.Commands;

/// <summary>The options by which the sealing party says what it did. None of them may name a patient: claims are read by everybody.</summary>
internal sealed class ClaimOptions
{
    private readonly Option<string?> _purpose = new("--purpose")
    {
        Description = "What was done to the image: " + string.Join(", ", ClaimWords.All) + ". Without it acquisition, or ai-processing where --ai-model is given.",
        HelpName = "WORD",
    };

    private readonly Option<string?> _device = new("--device") { Description = "The device that made the image, such as its model and serial number.", HelpName = "TEXT" };
    private readonly Option<string?> _software = new("--software") { Description = "The software that made the image, with its version.", HelpName = "TEXT" };
    private readonly Option<string[]> _models = new("--ai-model") { Description = "An AI model that took part. May be given several times.", HelpName = "NAME:VERSION", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _synthetic = new("--synthetic") { Description = "Whether the image is synthetic, wholly or in part: yes or no. Without it nothing is said.", HelpName = "yes|no" };
    private readonly Option<string?> _note = new("--note") { Description = "A note for everybody who verifies the file. Never name a patient in it.", HelpName = "TEXT" };

    public ClaimOptions()
    {
        _purpose.AcceptOnlyFromAmong([.. ClaimWords.All]);
        _synthetic.AcceptOnlyFromAmong("yes", "no");
    }

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_purpose, _device, _software, _models, _synthetic, _note]) command.Add(option);
    }

    /// <summary>The claims of an organisation. Wrong usage where one of them is too long or has no such form.</summary>
    public Claims Read(ParseResult parsed, string organisation)
    {
        List<AiModel> models = [.. (parsed.GetValue(_models) ?? []).Select(Model)];
        SealPurpose purpose = models.Count > 0 ? SealPurpose.AiProcessing : SealPurpose.Acquisition;
        if (parsed.GetValue(_purpose) is { } word) ClaimWords.TryPurpose(word, out purpose);
        SyntheticClaim synthetic = parsed.GetValue(_synthetic) switch
        {
            "yes" => SyntheticClaim.Yes,
            "no" => SyntheticClaim.No,
            _ => SyntheticClaim.Unstated,
        };
        var claims = new Claims(organisation, purpose, parsed.GetValue(_device) ?? "", parsed.GetValue(_software) ?? "", synthetic, models, parsed.GetValue(_note) ?? "");
        try
        {
            claims.Check();
        }
        catch (ArgumentException e)
        {
            throw FaultException.Usage(e.Message, "claims are short texts of one line");
        }
        return claims;
    }

    private static AiModel Model(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && colon < text.Length - 1
            ? new AiModel(text[..colon], text[(colon + 1)..])
            : throw FaultException.Usage($"'{text}' is no AI model with its version", "write NAME:VERSION");
    }
}

namespace Veridicom.Dimse.Pdu;

/// <summary>What a peer may make us hold. Each is looked at before anything is allocated.</summary>
public sealed record PduLimits
{
    /// <summary>The defaults.</summary>
    public static PduLimits Default { get; } = new();

    /// <summary>Longest P-DATA-TF, bytes after its header of six: what we announce as maximum length (PS3.8-2023b D.1). At least 4096.</summary>
    public int MaxPduLength { get; init; } = 131072;

    /// <summary>Longest A-ASSOCIATE-RQ or AC, bytes after its header.</summary>
    public int MaxAssociateLength { get; init; } = 262144;

    /// <summary>Presentation contexts of one association: odd identifiers of a byte allow 128 (PS3.8-2023b 9.3.2.2).</summary>
    public int MaxContexts { get; init; } = 128;

    /// <summary>Transfer syntaxes proposed in one context.</summary>
    public int MaxSyntaxes { get; init; } = 128;

    /// <summary>Sub-items of the user information (PS3.8-2023b 9.3.2.3).</summary>
    public int MaxUserItems { get; init; } = 1024;
}

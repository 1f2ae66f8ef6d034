namespace Veridicom.Seals.Verify;

/// <summary>The catalogue of reasons (spec/verdict.md). Members may be added, never renamed.</summary>
public enum ReasonCode
{
    /// <summary>The file cannot be parsed; the text has the parser's words, the offset its place.</summary>
    Unreadable,
    /// <summary>The file can be read in more than one way: a defect the parser found.</summary>
    Ambiguous,
    /// <summary>A limit of this program was exceeded.</summary>
    LimitExceeded,
    /// <summary>Pixels cannot be decoded here, contradict their attributes, or are encoded otherwise than they were bound: nothing can be said of them.</summary>
    PixelsNotDecodable,
    /// <summary>A private element lost its VR together with a change of byte order.</summary>
    VrLost,
    /// <summary>The seal block is damaged, incomplete or not in its one form.</summary>
    SealDamaged,
    /// <summary>The signature of the seal does not fit its statement.</summary>
    SealForged,
    /// <summary>An element differs from what was sealed.</summary>
    ElementChanged,
    /// <summary>A sealed element is missing.</summary>
    ElementMissing,
    /// <summary>An element was added.</summary>
    ElementAdded,
    /// <summary>Elements stand in another order than sealed.</summary>
    OrderChanged,
    /// <summary>Pixels of a tile differ.</summary>
    PixelsChanged,
    /// <summary>Encoded bytes of the pixel data differ.</summary>
    PixelBytesChanged,
    /// <summary>Rows, columns, frames or other shape of the pixel data differ.</summary>
    ShapeChanged,
    /// <summary>The preamble is neither the sealed one nor zero.</summary>
    PreambleChanged,
    /// <summary>A meta element contradicts the data set or is not one that may be rewritten.</summary>
    MetaChanged,
    /// <summary>A meta element or the preamble was rewritten within what is free.</summary>
    CarrierRewritten,
    /// <summary>A leaf is withheld that may not be.</summary>
    WithheldWithoutLeave,
    /// <summary>A leaf is withheld with leave.</summary>
    Withheld,
    /// <summary>No anchor of the trust list vouches for the signer.</summary>
    UnknownSigner,
    /// <summary>The certificate is not valid at the proven time.</summary>
    Expired,
    /// <summary>The certificate was revoked.</summary>
    Revoked,
    /// <summary>Key or hash is too weak.</summary>
    Weak,
    /// <summary>The certificate may not be used for sealing or signing.</summary>
    NotAllowed,
    /// <summary>The certificate path is broken or not acceptable.</summary>
    BadCertificate,
    /// <summary>A time-stamp token does not verify.</summary>
    BadTimestamp,
    /// <summary>A later seal is invalid or its signer unknown.</summary>
    LaterSealInvalid,
    /// <summary>A later seal does not name the one before it.</summary>
    ChainBroken,
    /// <summary>A signer whom the statement requires has not signed.</summary>
    RequiredSignerMissing,
    /// <summary>An authorised change between two seals.</summary>
    AmendedElement,
    /// <summary>Elements that the foreign signature does not cover.</summary>
    NotCovered,
    /// <summary>The foreign signature does not bind its certificate.</summary>
    CertificateNotBound,
    /// <summary>The signature covers an item and binds nothing outside of it.</summary>
    ItemOnly,
    /// <summary>The foreign signature is invalid for the data.</summary>
    SignatureInvalid,
    /// <summary>The foreign signature cannot be checked.</summary>
    SignatureUnverifiable,
    /// <summary>The pixels are bound as encoded bytes, not as samples.</summary>
    BoundAsEncoded,
    /// <summary>The policy demands a seal.</summary>
    PolicySealRequired,
    /// <summary>The policy does not accept this signer.</summary>
    PolicySigner,
    /// <summary>The policy does not accept this purpose.</summary>
    PolicyPurpose,
    /// <summary>The policy demands a time-stamp.</summary>
    PolicyTimestamp,
}

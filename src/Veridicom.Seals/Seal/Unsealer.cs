using Veridicom.Dicom;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Seal;

/// <summary>What unsealing gave.</summary>
public sealed class UnsealOutcome
{
    private readonly DicomFile _file;

    internal UnsealOutcome(DicomFile file, string identity, bool exact, string note)
    {
        _file = file;
        Identity = identity;
        Exact = exact;
        Note = note;
    }

    /// <summary>Identity of the seal that was taken off, empty where it could not be read.</summary>
    public string Identity { get; }

    /// <summary>True where the result is proven to be, byte for byte, what was sealed.</summary>
    public bool Exact { get; }

    /// <summary>Why not exact; empty otherwise.</summary>
    public string Note { get; }

    /// <summary>Writes the file without the seal.</summary>
    public void WriteTo(Stream output) => _file.WriteTo(output);
}

/// <summary>Takes the latest seal off a file, with the PS3.15 signature that was written beside it: the inverse of sealing.</summary>
public static class Unsealer
{
    /// <summary>Takes the latest seal off.</summary>
    /// <param name="file">The file.</param>
    /// <param name="jpeg2000">Decodes JPEG 2000: without it a seal over the cells of such a file cannot be judged.</param>
    /// <exception cref="SealRefusedException">There is no seal, or the file can be read in more than one way.</exception>
    public static UnsealOutcome Unseal(DicomFile file, IJpeg2000? jpeg2000 = null)
    {
        if (file.CarrierDefects.Concat(file.DataSet.Defects).FirstOrDefault(d => !Verifier.IsHarmless(d.Code)) is { Code: not DicomError.None } defect)
            throw new SealRefusedException([new SealRefusal(defect.Code.Word(), defect.Offset, defect.Path, Verifier.Ambiguity(defect.Code), "repair the file first, for example with 'dcmconv IN OUT'")]);
        IReadOnlyList<SealBlock> blocks = SealBlock.Find(file.DataSet);
        if (blocks.Count == 0)
            throw new SealRefusedException([new SealRefusal("unsealed", -1, "", "the file has no seal", "there is nothing to take off; a detached FILE.seal is simply deleted")]);
        SealBlock block = blocks[^1];
        // intactness needs no trust: whoever signed, the statement says what was there
        SealEvaluation seal = SealEvaluation.Of(file, block, new VerifyOptions { Trust = TrustList.Empty, Now = DateTimeOffset.UnixEpoch, Jpeg2000 = jpeg2000 });
        DicomFile bare = RemoveBlock(file, block.Number);
        if (seal.SignatureValid && seal.Statement is { SignatureUids.Count: > 0 } statement)
        {
            IReadOnlyList<SourceEdit> edits = SignatureWriter.Remove(bare, [.. statement.SignatureUids], statement.MadeMacSequence, statement.MadeSignatureSequence);
            bare = bare.Respliced(SourceEdit.Apply(edits, bare.DataSet.Source));
        }
        string note = Inexact(file, seal);
        return new UnsealOutcome(bare, Convert.ToHexStringLower(seal.Identity), note.Length == 0, note);
    }

    private static string Inexact(DicomFile file, SealEvaluation seal)
    {
        if (!seal.SignatureValid) return "the seal is damaged: what was sealed cannot be told";
        if (seal.Findings.Unverifiable) return "whether the file is what was sealed cannot be told: 'veridicom verify' says why";
        if (!seal.IsIntact || seal.Findings.Extended) return "the file was changed since it was sealed";
        if (seal.Findings.Withheld) return "some of what was sealed is withheld in this copy";
        if (file.TransferSyntax.Uid != seal.Statement!.TransferSyntax) return "the transfer syntax was changed since sealing";
        if (seal.Findings.Parts()[Part.Carrier] != PartState.Intact) return "preamble or meta elements were rewritten since sealing";
        if (file.TransferSyntax.IsDeflated) return "the data set is the sealed one, its deflated form is made anew";
        return "";
    }

    /// <summary>The file without one block, nothing else changed.</summary>
    public static DicomFile RemoveBlock(DicomFile file, byte number)
    {
        var edits = new EditList(file.DataSet);
        long removed = 0;
        foreach (DicomNode node in file.DataSet.Root)
        {
            if (node.Tag.Group != Inventory.Inventory.SealGroup || (node.Tag.Element != number && node.Tag.Element >> 8 != number)) continue;
            edits.Replace(node.HeaderOffset, node.EndOffset - node.HeaderOffset, default);
            removed += node.EndOffset - node.HeaderOffset;
        }
        edits.GrowGroup(Inventory.Inventory.SealGroup, -removed);
        return file.Respliced(SourceEdit.Apply(edits.ToList(), file.DataSet.Source));
    }
}

using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing;

/// <summary>
/// Verifies damaged sealed files. One that is still called authentic must hold what the undamaged one holds: this is compared here by a
/// reading of its own, which knows nothing of trees and leaves.
/// </summary>
public static class VerifyTarget
{
    // What an honest tool may write anew, leave out or add (spec/seal.md, Carrier); everything else is as sealed.
    private static readonly HashSet<uint> FreeMeta =
    [
        0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013, 0x00020016, 0x00020017, 0x00020018,
    ];

    private const uint TrailingPadding = 0xFFFCFFFC;

    /// <summary>The target for files sealed by this organisation.</summary>
    public static FuzzTarget For(SealedSeeds organisation)
    {
        VerifyOptions options = organisation.Options;
        return new FuzzTarget("verify", (seed, bytes) =>
        {
            Verdict verdict = Verifier.Verify(new MemorySource(bytes), null, options);
            if (verdict.ExitCode == 0) Compare(seed.Original, bytes, verdict);
            return verdict.Kind.ToString();
        });
    }

    /// <summary>Throws unless the second file holds what the first one holds.</summary>
    public static void Compare(byte[] original, byte[] changed, Verdict verdict)
    {
        if (original.AsSpan().SequenceEqual(changed)) return;
        DicomFile was = DicomFile.Parse(new MemorySource(original)), now = DicomFile.Parse(new MemorySource(changed));
        if (Difference(Content(was.DataSet, was.TransferSyntax), Content(now.DataSet, now.TransferSyntax)) is { } element) throw new FuzzFailure($"{verdict.Kind}, though {element} is another");

        byte[] padding = Padding(now);
        if (padding.AsSpan().ContainsAnyExcept((byte)0) && !padding.AsSpan().SequenceEqual(Padding(was))) throw new FuzzFailure($"{verdict.Kind}, though the padding behind the data set is another");
        byte[] preamble = Preamble(now);
        if (preamble.AsSpan().ContainsAnyExcept((byte)0) && !preamble.AsSpan().SequenceEqual(Preamble(was))) throw new FuzzFailure($"{verdict.Kind}, though the preamble is another");
        List<string> before = Meta(was), after = Meta(now);
        if (before.SequenceEqual(after) && was.HasPreamble == now.HasPreamble) return;
        if (verdict.Parts[Part.Carrier] != PartState.Rewritten) throw new FuzzFailure($"{verdict.Kind}, and the carrier is {verdict.Parts[Part.Carrier]}, though meta elements differ");
        foreach (string line in before.Except(after).Concat(after.Except(before)))
        {
            if (!FreeMeta.Contains(Convert.ToUInt32(line[..8], 16))) throw new FuzzFailure($"{verdict.Kind}, though the meta element {line[..8]} is another");
        }
    }

    private static byte[] Preamble(DicomFile file) => file.HasPreamble ? file.Source.Window(0, 128).ToArray() : [];

    private static byte[] Padding(DicomFile file) => file.DataSet.TryFind(new DicomTag(TrailingPadding), out DicomNode node) ? node.Value.ToArray() : [];

    private static List<string> Meta(DicomFile file) => file.Meta is null ? [] : Content(file.Meta);

    /// <summary>Every element in one line: place, VR where it is the standard's, little endian bytes without their padding.</summary>
    private static List<string> Content(DicomDataSet set, TransferSyntax? syntax = null)
    {
        var lines = new List<string>();
        for (int i = 1; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            // group lengths, and one frame that is said or not said, are left to whoever writes the file
            if (node.Tag.IsGroupLength || (node.Tag.Value == 0x00280008 && node.Parent.Index == 0 && node.Ascii()?.Trim() == "1")) continue;
            // of no significance (PS3.10-2023b 7.2), and compared apart
            if (node.Tag.Value == TrailingPadding && node.Parent.Index == 0 && node.Kind == NodeKind.Element) continue;
            // planes or pixels is nothing that RLE asks, and an offset table must be right wherever cells are sealed
            bool encapsulated = syntax?.IsLossless == true && syntax.IsEncapsulated && node.Parent.Index == 0;
            if (encapsulated && (node.Tag.Value is >= 0x7FE00001 and <= 0x7FE00003 || (node.Tag.Value == 0x00280006 && syntax!.Uid == TransferSyntax.RleLossless.Uid))) continue;
            if (node.Kind == NodeKind.Encapsulated && syntax?.IsLossless == true && Cells(node, syntax) is { } cells)
            {
                lines.Add(cells);
                i = node.NextIndex - 1;
                continue;
            }
            var line = new StringBuilder(node.Tag.Value.ToString("X8", System.Globalization.CultureInfo.InvariantCulture)).Append(' ').Append(node.Path);
            // who reads explicit VR from a file in implicit VR knows no more than the dictionary
            if (!node.Tag.IsPrivate && node.Kind == NodeKind.Element && !IsPixels(node.Tag)) line.Append(' ').Append(node.Vr.Text());
            if (node.Kind is NodeKind.Element or NodeKind.Fragment)
            {
                byte[] value = node.Value.ToArray();
                if (node.BigEndian) ElementWriter.SwapUnits(value, node.Vr.SwapUnit());
                line.Append(' ').Append(Convert.ToHexString(node.Kind == NodeKind.Element ? value.AsSpan().TrimEnd(" \0"u8) : value));
            }
            lines.Add(line.ToString());
        }
        return lines;
    }

    /// <summary>Place and cells of an encapsulated picture, however it is cut into fragments; null where it cannot be decoded here.</summary>
    private static string? Cells(DicomNode pixels, TransferSyntax syntax)
    {
        if (PixelGeometry.Read(pixels.Parent, pixels, out _) is not { } geometry || PixelReader.Open(syntax, pixels, geometry, null, out _) is not { } reader) return null;
        try
        {
            var text = new StringBuilder(pixels.Path);
            for (int frame = 0; frame < geometry.Frames; frame++) text.Append(' ').Append(Convert.ToHexString(SHA256.HashData(reader.Rows(frame, 0, geometry.Rows))));
            return text.ToString();
        }
        catch (PixelException)
        {
            return null;
        }
    }

    private static bool IsPixels(DicomTag tag) => tag.Value == 0x7FE00010;

    private static string? Difference(List<string> was, List<string> now)
    {
        for (int i = 0; i < Math.Max(was.Count, now.Count); i++)
        {
            if (i >= was.Count || i >= now.Count || was[i] != now[i]) return (i < now.Count ? now[i] : was[i])[..Math.Min(60, (i < now.Count ? now[i] : was[i]).Length)];
        }
        return null;
    }
}

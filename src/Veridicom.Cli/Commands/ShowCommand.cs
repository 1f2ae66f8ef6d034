using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Text;
using Veridicom.Pixels;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>show: what a file is, its seals with their chains, its signatures with what they cover.</summary>
public static class ShowCommand
{
    private const int MostOpen = 12;
    private static readonly DicomTag SopClassUid = new(0x0008, 0x0016);

    private sealed record Shown(string Name, DicomFile File, string SopClass, PixelGeometry? Geometry, string GeometryNote, Verdict Verdict, IReadOnlyList<IReadOnlyList<Certificate>> Chains, IReadOnlyList<DicomSignature> Signatures);

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var path = new Argument<string>("FILE") { Description = "A DICOM file." };
        Option<string[]> trust = SharedOptions.Trust();
        var seal = new Option<string?>("--seal") { Description = "Its detached seal. Without it FILE.seal beside the file is used.", HelpName = "FILE" };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("show", "Shows what a file is: its kind and shape, its seals with their claims and certificates, its signatures with what they cover.") { path, trust, seal, json };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(path);
            var input = new DiskInput(name) { Name = name, Relative = "" };
            try
            {
                using OpenedFile opened = input.Open(new FileBuffers(1));
                ReadOnlyMemory<byte>? detached = parsed.GetValue(seal) is { } sealPath
                    ? DiskInput.ReadSeal(sealPath) ?? throw FaultException.World("not-found", sealPath, "does not exist", "check the name")
                    : input.ReadSeal();
                Shown shown = Look(name, opened, detached, SharedOptions.VerifyOptions(surroundings, parsed.GetValue(trust), null));
                if (parsed.GetValue(json)) new JsonLine(surroundings.Out).Write(w => Write(w, shown));
                else Write(surroundings.Out, shown);
                return 0;
            }
            catch (Exception e) when (Fault.From(e) is { } fault)
            {
                throw new FaultException(fault.Of(name));
            }
        });
        return command;
    }

    private static Shown Look(string name, OpenedFile opened, ReadOnlyMemory<byte>? detached, VerifyOptions options)
    {
        DicomFile file = DicomFile.Parse(opened.Source);
        string uid = file.DataSet.Ascii(SopClassUid) ?? "";
        string sopClass = uid.Length == 0 ? "(no SOP Class UID)" : DicomUids.TryFindSopClass(uid, out SopClass known) ? $"{known.Name} ({uid})" : uid;
        PixelGeometry? geometry = null;
        string note = "none";
        if (PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels)) geometry = PixelGeometry.Read(file.DataSet, pixels, out note);
        var blocks = new List<SealBlock>(SealBlock.Find(file.DataSet));
        if (detached is { } bytes) blocks.Add(SealBlock.ReadDetached(bytes));
        return new Shown(name, file, sopClass, geometry, note, Verifier.Verify(file, detached, options), [.. blocks.Select(ChainOf)], SignatureReader.Read(file.DataSet));
    }

    private static IReadOnlyList<Certificate> ChainOf(SealBlock block)
    {
        try
        {
            return SealCms.Read(block.Cms, Oids.SealStatement, new CertificateCache()).Path;
        }
        catch (TrustException)
        {
            return []; // the verdict of this seal says that it is damaged
        }
    }

    private static void Write(TextWriter output, Shown shown)
    {
        DicomFile file = shown.File;
        var table = new ColumnTable("", "");
        table.Add("file", string.Create(CultureInfo.InvariantCulture, $"{shown.Name}, {file.Source.Length} bytes"));
        table.Add("object", shown.SopClass);
        table.Add("transfer syntax", file.TransferSyntax.Name + (file.SyntaxAssumed ? " (not stated; as its first element shows)" : ""));
        table.Add("carrier", (file.HasPreamble ? "preamble" : "no preamble") + (file.Meta is null ? ", no meta elements" : ""));
        table.Add("pixels", shown.Geometry is { } g ? Shape(g) : shown.GeometryNote);
        table.Add("elements", ElementCount(file).ToString(CultureInfo.InvariantCulture));
        table.Add("verdict", shown.Verdict.Kind.Word());
        foreach (DicomDefect defect in file.CarrierDefects.Concat(file.DataSet.Defects).Take(8))
            table.Add("defect", string.Create(CultureInfo.InvariantCulture, $"{VerdictWords.Word(defect.Code)} at byte {defect.Offset}, {defect.Path}"));
        table.WriteTo(output);
        for (int i = 0; i < shown.Verdict.Seals.Count; i++)
        {
            WriteSeal(output, shown.Verdict.Seals[i], i + 1, ChainOf(shown, shown.Verdict.Seals[i]));
        }
        foreach (SignatureInfo signature in shown.Verdict.Signatures) WriteSignature(output, shown, signature);
    }

    private static IReadOnlyList<Certificate> ChainOf(Shown shown, SealInfo seal) =>
        shown.Chains.FirstOrDefault(chain => chain.Count > 0 && chain[0].Fingerprint.ToString() == seal.Fingerprint) ?? [];

    private static void WriteSeal(TextWriter output, SealInfo seal, int number, IReadOnlyList<Certificate> chain)
    {
        output.WriteLine();
        output.WriteLine($"seal {number}{(seal.Detached ? " (detached)" : "")}");
        var table = new ColumnTable("", "", "");
        table.Add(" ", "identity", seal.Identity.Length > 0 ? seal.Identity : "(cannot be read)");
        table.Add(" ", "verdict", seal.Verdict.Word());
        if (seal.SealedAt is { } at) table.Add(" ", "sealed", at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        foreach (Certificate certificate in chain) table.Add(" ", ReferenceEquals(certificate, chain[0]) ? "signer" : "issued by", $"{certificate.SubjectText}, {certificate.Key}, until {certificate.NotAfter:yyyy-MM-dd}");
        if (chain.Count > 0) table.Add(" ", "fingerprint", Home.TrustFolder.Grouped(chain[^1].Fingerprint));
        if (seal.Statement is { } statement)
        {
            Claims claims = statement.Claims;
            table.Add(" ", "organisation", claims.Organisation);
            table.Add(" ", "purpose", claims.Purpose.Word());
            if (claims.Device.Length > 0) table.Add(" ", "device", claims.Device);
            if (claims.Software.Length > 0) table.Add(" ", "software", claims.Software);
            foreach (AiModel model in claims.Models) table.Add(" ", "AI model", $"{model.Name} {model.Version}");
            if (claims.Synthetic != SyntheticClaim.Unstated) table.Add(" ", "synthetic", VerdictWords.Word(claims.Synthetic));
            if (claims.Note.Length > 0) table.Add(" ", "note", claims.Note);
            string pixels = statement.Pixels is { } bound
                ? string.Create(CultureInfo.InvariantCulture, $", pixels as {(bound.Kind == Seals.Tree.PixelBindingKind.Samples ? "samples" : "encoded bytes")} in {bound.Leaves} parts{(bound.DecodedLeaves > 0 ? $", and their cells in {bound.DecodedLeaves} tiles" : "")}")
                : "";
            table.Add(" ", "binds", string.Create(CultureInfo.InvariantCulture, $"{statement.ElementLeaves} elements, {statement.CarrierLeaves} of the carrier{pixels}"));
            foreach (byte[] previous in statement.Previous) table.Add(" ", "follows", Convert.ToHexStringLower(previous));
        }
        table.WriteTo(output);
    }

    private static void WriteSignature(TextWriter output, Shown shown, SignatureInfo signature)
    {
        output.WriteLine();
        output.WriteLine($"signature {TextDisplay.Escape(signature.Uid, 64)}");
        var table = new ColumnTable("", "", "");
        table.Add(" ", "at", signature.Path);
        table.Add(" ", "verdict", signature.Verdict.Word() + (signature.OfSeal ? " (written beside the seal)" : ""));
        table.Add(" ", "signer", signature.Signer ?? "(cannot be read)");
        if (signature.SignedAt is { } at) table.Add(" ", "signed", at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC, by its own word'", CultureInfo.InvariantCulture));
        foreach (DicomSignature found in shown.Signatures)
        {
            if (found.Uid != signature.Uid || found.Item.Path != signature.Path) continue;
            SignatureCoverage coverage = SignatureCoverage.Of(found);
            List<UncoveredElement> open = LeftOpen(coverage);
            table.Add(" ", "covers", string.Create(CultureInfo.InvariantCulture, $"{coverage.Signed.Count} elements; {open.Count} are left open"));
            foreach (UncoveredElement element in open.Take(MostOpen)) table.Add(" ", "left open", element.Name == element.Path ? element.Path : $"{element.Path} {element.Name}");
            if (open.Count > MostOpen) table.Add(" ", "", $"and {open.Count - MostOpen} more");
            break;
        }
        table.WriteTo(output);
    }

    /// <summary>What a signature leaves open, without the seal that was written after it.</summary>
    private static List<UncoveredElement> LeftOpen(SignatureCoverage coverage) =>
        [.. coverage.Uncovered.Where(e => e.Tag.Group != Seals.Inventory.Inventory.SealGroup)];

    private static string Shape(PixelGeometry g)
    {
        string frames = g.Frames == 1 ? "1 frame" : string.Create(CultureInfo.InvariantCulture, $"{g.Frames} frames");
        string samples = g.Samples == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{g.Samples} samples of ");
        return string.Create(CultureInfo.InvariantCulture, $"{g.Columns} x {g.Rows}, {frames}, {samples}{g.BitsAllocated} bits ({g.BitsStored} stored{(g.Signed ? ", signed" : "")}), {g.Photometric}");
    }

    private static int ElementCount(DicomFile file)
    {
        int count = 0;
        for (int i = 1; i < file.DataSet.NodeCount; i++)
        {
            if (file.DataSet[i].Kind is NodeKind.Element or NodeKind.Sequence or NodeKind.Encapsulated) count++;
        }
        return count;
    }

    private static void Write(Utf8JsonWriter json, Shown shown)
    {
        DicomFile file = shown.File;
        json.WriteNumber("length", file.Source.Length);
        json.WriteString("sopClass", file.DataSet.Ascii(SopClassUid));
        json.WriteString("transferSyntax", file.TransferSyntax.Uid);
        json.WriteBoolean("preamble", file.HasPreamble);
        json.WriteNumber("elements", ElementCount(file));
        if (shown.Geometry is { } g)
        {
            json.WriteStartObject("geometry");
            json.WriteNumber("frames", g.Frames);
            json.WriteNumber("rows", g.Rows);
            json.WriteNumber("columns", g.Columns);
            json.WriteNumber("samples", g.Samples);
            json.WriteNumber("bitsAllocated", g.BitsAllocated);
            json.WriteNumber("bitsStored", g.BitsStored);
            json.WriteString("photometric", g.Photometric);
            json.WriteEndObject();
        }
        json.WriteStartArray("chains");
        foreach (IReadOnlyList<Certificate> chain in shown.Chains)
        {
            json.WriteStartArray();
            foreach (Certificate certificate in chain)
            {
                json.WriteStartObject();
                json.WriteString("subject", certificate.SubjectText);
                json.WriteString("key", certificate.Key.ToString());
                json.WriteString("fingerprint", certificate.Fingerprint.ToString());
                JsonLine.Time(json, "notAfter", certificate.NotAfter);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("coverage");
        foreach (DicomSignature signature in shown.Signatures)
        {
            SignatureCoverage coverage = SignatureCoverage.Of(signature);
            json.WriteStartObject();
            json.WriteString("uid", signature.Uid);
            json.WriteNumber("signed", coverage.Signed.Count);
            json.WriteStartArray("leftOpen");
            foreach (UncoveredElement element in LeftOpen(coverage)) json.WriteStringValue(element.Path);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        VerdictJson.Write(json, shown.Name, shown.Verdict);
    }
}

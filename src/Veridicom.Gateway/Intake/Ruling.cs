using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Registry;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Intake;

/// <summary>What is to be stored of an arrival, in which state, and what is to be said of it.</summary>
/// <param name="State">State in the registry.</param>
/// <param name="Verdict">On the file to be stored.</param>
/// <param name="Reason">Why it is not simply accepted; null where it is.</param>
/// <param name="Write">Writes the file.</param>
internal sealed record Ruling(InstanceState State, Verdict Verdict, string? Reason, Action<Stream> Write);

/// <summary>Applies a route to a file: seals, verifies, holds back. Pure computation; several threads may use it at once.</summary>
/// <param name="claims">Claims of a seal; purpose and note are set for each.</param>
/// <param name="standardSignature">Write the signature of PS3.15 Annex C beside the seal.</param>
/// <param name="signer">Our key.</param>
/// <param name="trust">Who is trusted.</param>
/// <param name="randomness">Salts.</param>
/// <param name="jpeg2000">Decodes JPEG 2000, null where there is none.</param>
internal sealed class Judge(Claims claims, bool standardSignature, ISigner signer, TrustList trust, IRandomness randomness, IJpeg2000? jpeg2000)
{
    /// <summary>Decodes JPEG 2000.</summary>
    public IJpeg2000? Jpeg2000 => jpeg2000;

    /// <summary>What the verifier says under the policy of a route.</summary>
    public Verdict Verify(DicomFile file, Policy? policy, DateTimeOffset now) =>
        Verifier.Verify(file, null, new VerifyOptions { Trust = trust, Now = now, Policy = policy, Jpeg2000 = jpeg2000 });

    /// <summary>What the verifier says of what cannot be parsed.</summary>
    public Verdict Verify(ByteSource source, DateTimeOffset now) => Verifier.Verify(source, null, new VerifyOptions { Trust = trust, Now = now, Jpeg2000 = jpeg2000 });

    /// <summary>Applies a route.</summary>
    /// <exception cref="TrustException">Our key cannot sign.</exception>
    public Ruling Apply(Route route, DicomFile file, DateTimeOffset now)
    {
        if (route.Handling is Handling.Seal or Handling.SealAsFound) return Seal(route, file, now);
        Verdict verdict = Verify(file, route.Policy, now);
        return route.Handling == Handling.VerifyOrQuarantine && !route.Accept.Contains(verdict.Kind)
            ? HeldBack(file, verdict, $"the route does not let through what is {verdict.Kind.Word()}")
            : Accepted(file, verdict);
    }

    private Ruling Seal(Route route, DicomFile file, DateTimeOffset now)
    {
        bool isSealed = SealBlock.Find(file.DataSet).Count > 0 || SealBlock.HasUnknownVersion(file.DataSet);
        bool isManifest = ManifestReader.IsManifest(file.DataSet);
        if (isSealed || isManifest || SignatureReader.Read(file.DataSet).Count > 0)
        {
            Verdict before = Verify(file, route.Policy, now);
            if (before.Kind == VerdictKind.Altered) return HeldBack(file, before, "it was changed since it was sealed or signed");
            // sealed as it is, a stranger's list of a study would become ours
            if (isManifest && before.Kind is not (VerdictKind.Authentic or VerdictKind.Amended)) return HeldBack(file, before, "it is a manifest that is not believed");
            if (isSealed) return DoubtOf(before.Kind) is { } doubt ? HeldBack(file, before, doubt) : Accepted(file, before);
        }
        // a seal that nobody would believe is worse than a sender that waits
        if (now > signer.Certificate.NotAfter) throw new TrustException(TrustCode.Expired, "the sealing certificate expired");
        try
        {
            SealOutcome outcome = Sealer.Seal(file, new SealOptions
            {
                Claims = claims with { Purpose = route.Handling == Handling.SealAsFound ? SealPurpose.AsFound : SealPurpose.Acquisition, Note = "route " + route.Name },
                Signer = signer, Randomness = randomness, At = now, Trust = trust, StandardSignature = standardSignature, Jpeg2000 = jpeg2000,
            });
            return new Ruling(InstanceState.Accepted, route.Policy is null ? outcome.Verdict : Verifier.Apply(outcome.Verdict, route.Policy), null, outcome.WriteTo);
        }
        catch (SealRefusedException e)
        {
            return HeldBack(file, Verify(file, route.Policy, now), "it cannot be sealed: " + e.Refusals[0].Text);
        }
        catch (Exception e) when (e is DicomException or PixelException)
        {
            return HeldBack(file, Verify(file, route.Policy, now), "it cannot be sealed: " + e.Message);
        }
    }

    /// <summary>Why what bears a seal is not left as it is; null where a trusted seal says that it is. Anybody can make a seal: one that proves nothing must not keep ours away.</summary>
    private static string? DoubtOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Authentic or VerdictKind.Amended or VerdictKind.Redacted => null,
        VerdictKind.Untrusted => "it is sealed by somebody who is not trusted",
        VerdictKind.Extended => "something was added to it since it was sealed",
        VerdictKind.Partial => "its seal does not cover all of it",
        _ => "its seal cannot be verified",
    };

    private static Ruling Accepted(DicomFile file, Verdict verdict) => new(InstanceState.Accepted, verdict, null, file.WriteTo);

    private static Ruling HeldBack(DicomFile file, Verdict verdict, string reason) => new(InstanceState.Quarantined, verdict, reason, file.WriteTo);
}

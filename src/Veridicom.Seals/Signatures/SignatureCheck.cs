using Veridicom.Dicom;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// Verifies digital signatures of PS3.15-2023b Annex C. Every check is made that can be; what a signature cannot know is said, because
/// a list of elements that are unchanged is not yet a file that is unchanged.
/// </summary>
public sealed class SignatureCheck
{
    /// <summary>Signatures that are verified in one file: each may hash all of it again.</summary>
    public const int MaxSignatures = 32;

    /// <summary>How far the signer's clock may be ahead of the proven time.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly DicomFile _file;
    private readonly DicomSignature _signature;
    private readonly TrustList _trust;
    private readonly DateTimeOffset _now;
    private readonly SignatureResult _result;

    private SignatureCheck(DicomFile file, DicomSignature signature, TrustList trust, DateTimeOffset now)
    {
        _file = file;
        _signature = signature;
        _trust = trust;
        _now = now;
        _result = new SignatureResult(signature, SignatureCoverage.Of(signature)) { JudgedAt = now };
    }

    /// <summary>Verifies every signature of a file, in document order.</summary>
    public static IReadOnlyList<SignatureResult> VerifyAll(DicomFile file, TrustList trust, DateTimeOffset now)
    {
        var results = new List<SignatureResult>();
        foreach (DicomSignature signature in SignatureReader.Read(file.DataSet))
        {
            if (results.Count == MaxSignatures)
            {
                var rest = new SignatureCheck(file, signature, trust, now);
                rest.Fail(SignatureFinding.Parts, SignatureReason.TooManySignatures, $"{MaxSignatures} were verified");
                rest._result.Order();
                rest._result.Verdict = SignatureVerdict.Unverifiable;
                results.Add(rest._result);
                break;
            }
            results.Add(Verify(file, signature, trust, now));
        }
        return results;
    }

    /// <summary>Verifies one signature.</summary>
    /// <param name="file">The file that it was read from.</param>
    /// <param name="signature">As <see cref="SignatureReader.Read"/> gave it.</param>
    /// <param name="trust">Who is trusted, to sign and to stamp.</param>
    /// <param name="now">The time at which a signer is judged whose signature carries no valid time-stamp.</param>
    public static SignatureResult Verify(DicomFile file, DicomSignature signature, TrustList trust, DateTimeOffset now) =>
        new SignatureCheck(file, signature, trust, now).Run();

    private SignatureResult Run()
    {
        bool readable = CheckDataSet();
        readable &= CheckParts();
        readable = readable && CheckTransferSyntax() & CheckSignable() & CheckFragments();
        bool? valid = readable ? CheckMac() : null;
        bool trusted = CheckStrength();
        trusted &= CheckTimestamp();
        trusted &= CheckDateTime();
        trusted &= CheckSigner();
        SayWhatIsOpen();
        _result.Order();
        _result.Verdict = valid switch
        {
            _ when _signature.IsHistoric => SignatureVerdict.Historic,
            null => SignatureVerdict.Unverifiable,
            false => SignatureVerdict.Altered,
            true => trusted ? SignatureVerdict.Partial : SignatureVerdict.Untrusted,
        };
        if (valid == true) _result.Profile = ProfileMet();
        return _result;
    }

    /// <summary>Readers differ on doubled and misplaced elements, so a signature over such a set proves nothing to a reader.</summary>
    private bool CheckDataSet()
    {
        foreach (DicomDefect defect in _file.DataSet.Defects)
        {
            if (defect.Code is DicomError.Duplicate or DicomError.OutOfOrder)
                return Fail(SignatureFinding.DataSet, SignatureReason.AmbiguousDataSet, $"{defect.Path} at byte {defect.Offset}");
        }
        return Pass(SignatureFinding.DataSet);
    }

    private bool CheckParts()
    {
        if (_signature.Problems is [var problem, ..]) return Fail(SignatureFinding.Parts, problem.Reason, problem.Detail);
        try
        {
            _result.Signer = _trust.Certificates.Get(_signature.Certificate);
        }
        catch (TrustException e)
        {
            return Fail(SignatureFinding.Parts, SignatureReason.Malformed, e.Message);
        }
        return Pass(SignatureFinding.Parts);
    }

    /// <summary>Fragments can be hashed only as they were; every native encoding can be turned into what was hashed.</summary>
    private bool CheckTransferSyntax()
    {
        if (!TransferSyntax.TryFind(_signature.TransferSyntaxUid, out TransferSyntax? signedAs) || !signedAs.IsExplicit || signedAs.IsBigEndian)
            return Fail(SignatureFinding.TransferSyntax, SignatureReason.Malformed, $"MAC Calculation Transfer Syntax {_signature.TransferSyntaxUid}");
        foreach (DicomNode element in _result.Coverage.Signed)
        {
            bool encapsulated = HoldsEncapsulated(element);
            bool native = element.Tag == SignatureTags.PixelData && element.Kind == NodeKind.Element;
            if ((encapsulated && signedAs.Uid != _file.TransferSyntax.Uid) || (native && signedAs.IsEncapsulated))
                return Fail(SignatureFinding.TransferSyntax, SignatureReason.TransferSyntaxChanged, $"signed as {signedAs.Name}, stored as {_file.TransferSyntax.Name}");
        }
        return Pass(SignatureFinding.TransferSyntax);
    }

    private bool CheckSignable()
    {
        foreach (DicomNode element in _result.Coverage.Signed)
        {
            if (!Signable.IsSignableElement(element)) return Fail(SignatureFinding.Signable, SignatureReason.NotSignable, element.Path);
        }
        return Pass(SignatureFinding.Signable);
    }

    private bool CheckFragments()
    {
        bool isRle = _file.TransferSyntax.Uid == TransferSyntax.RleLossless.Uid, any = false;
        foreach (DicomNode element in _result.Coverage.Signed)
        {
            foreach (DicomNode pixelData in Encapsulated(element))
            {
                any = true;
                if (FragmentStructure.Doubt(pixelData, isRle) is { } doubt)
                    return Fail(SignatureFinding.Fragments, SignatureReason.AmbiguousFragments, $"{pixelData.Path}: {doubt}");
            }
        }
        if (!any) Skip(SignatureFinding.Fragments, SignatureReason.NotReached, "no encapsulated pixel data is signed");
        else Pass(SignatureFinding.Fragments);
        return true;
    }

    /// <summary>Null where the key is of a kind that is not supported.</summary>
    private bool? CheckMac()
    {
        DigestAlgorithm algorithm = _signature.MacAlgorithm!.Value;
        VerificationKey key = _result.Signer!.Key;
        if (key.Kind == KeyKind.Unsupported)
        {
            Skip(SignatureFinding.Mac, SignatureReason.UnsupportedKey, _result.Signer.SubjectText);
            return null;
        }
        var scheme = new SignatureAlgorithm(key.Kind == KeyKind.Rsa ? SignatureKind.RsaPkcs1 : SignatureKind.Ecdsa, algorithm);
        ReadOnlySpan<byte> value = SignatureValue.WithoutPadding(_signature.Value.Span, key);
        var tags = new HashSet<DicomTag>(_signature.Tags);
        using var digest = new MacDigest(algorithm);
        foreach (MacReading reading in MacReading.All(_result.Coverage.Signed, _signature.Item))
        {
            MacStream.WriteElements(_signature.Level, tags, digest, reading);
            MacStream.WriteSignatureItem(_signature.Item, digest, reading);
            if (key.Verify(scheme, digest.Finish(), value) == TrustCode.Ok) return Pass(SignatureFinding.Mac);
        }
        return Fail(SignatureFinding.Mac, SignatureReason.BadSignature, $"{scheme}, {key}");
    }

    private bool CheckStrength()
    {
        if (_signature.MacAlgorithm is not { } algorithm)
        {
            Skip(SignatureFinding.Strength, SignatureReason.NotReached);
            return true;
        }
        return algorithm.IsWeak() ? Fail(SignatureFinding.Strength, SignatureReason.WeakHash, MacDigest.Term(algorithm)) : Pass(SignatureFinding.Strength);
    }

    /// <summary>A token that proves something moves the time at which the signer is judged; one that does not costs the trust.</summary>
    private bool CheckTimestamp()
    {
        if (_signature.Timestamp is not { } der || _result.Signer is not { } signer)
        {
            Skip(SignatureFinding.Timestamp, SignatureReason.NoTimestamp);
            return true;
        }
        try
        {
            TimestampResult stamp = TimestampToken.Parse(der, _trust.Certificates).Verify(SignatureValue.WithoutPadding(_signature.Value.Span, signer.Key), _trust);
            _result.Timestamp = stamp;
            if (stamp.ProvenTime is not { } time)
                return Fail(SignatureFinding.Timestamp, SignatureReason.TimestampBad, $"{stamp.Code.Name()}: {stamp.Checks.First(c => c.State == CheckState.Failed).Detail}");
            if (time > _now + ClockTolerance) return Fail(SignatureFinding.Timestamp, SignatureReason.TimestampBad, $"{time:yyyy-MM-dd'T'HH:mm:ss'Z'} is in the future");
            _result.JudgedAt = time;
            _result.IsTimeProven = true;
            return Pass(SignatureFinding.Timestamp);
        }
        catch (TrustException e)
        {
            return Fail(SignatureFinding.Timestamp, SignatureReason.TimestampBad, e.Message);
        }
    }

    private bool CheckDateTime()
    {
        if (_signature.DateTimeText is null || _result.Signer is not { } signer)
        {
            Skip(SignatureFinding.DateTime, SignatureReason.NotReached);
            return true;
        }
        if (!SignatureDateTime.TryParse(_signature.DateTimeText, _file.DataSet.Ascii(SignatureTags.TimezoneOffset), out SignatureDateTime claimed))
            return Fail(SignatureFinding.DateTime, SignatureReason.BadDateTime, _signature.DateTimeText);
        _result.ClaimedTime = claimed;
        if (claimed.Latest < signer.NotBefore || claimed.Earliest > signer.NotAfter)
            return Fail(SignatureFinding.DateTime, SignatureReason.OutsideValidity, $"{_signature.DateTimeText}, valid from {signer.NotBefore:u} to {signer.NotAfter:u}");
        if (claimed.Earliest > _result.JudgedAt + ClockTolerance)
            return Fail(SignatureFinding.DateTime, SignatureReason.AfterProvenTime, $"{_signature.DateTimeText}, judged at {_result.JudgedAt:u}");
        return Pass(SignatureFinding.DateTime);
    }

    private bool CheckSigner()
    {
        if (_result.Signer is not { } signer)
        {
            Skip(SignatureFinding.Signer, SignatureReason.NotReached);
            Skip(SignatureFinding.SignerPurpose, SignatureReason.NotReached);
            return true;
        }
        TrustResult trust = _trust.Evaluate(signer, _result.JudgedAt, TrustPurpose.DicomSignature);
        _result.Trust = trust;
        TrustCheck? failed = trust.Checks.FirstOrDefault(c => c.State == CheckState.Failed);
        bool passed = failed is null
            ? Pass(SignatureFinding.Signer)
            : Fail(SignatureFinding.Signer, SignatureReason.UntrustedSigner, $"{failed.Code.Name()}: {failed.Detail ?? signer.SubjectText}");
        TrustCheck purpose = trust[TrustCheck.ExtendedKeyUsage];
        if (purpose.State == CheckState.Failed) Fail(SignatureFinding.SignerPurpose, SignatureReason.UntrustedSigner, purpose.Detail);
        else if (purpose.State == CheckState.NotChecked) Skip(SignatureFinding.SignerPurpose, SignatureReason.PurposeOpen, purpose.Detail);
        else Pass(SignatureFinding.SignerPurpose);
        return passed;
    }

    /// <summary>What no signature of this kind can prove.</summary>
    private void SayWhatIsOpen()
    {
        Skip(SignatureFinding.Binding, SignatureReason.CertificateNotBound, _result.Signer?.SubjectText);
        if (_signature.IsItemLevel) Skip(SignatureFinding.Context, SignatureReason.ItemOnly, _signature.LevelPath);
        else Pass(SignatureFinding.Context);
        int open = _result.Coverage.Uncovered.Count;
        if (open > 0) Skip(SignatureFinding.Coverage, SignatureReason.PartlyCovered, $"{open} elements");
        else Pass(SignatureFinding.Coverage);
        if (_signature.PurposeCode is { } code && _signature.Purpose is null) Skip(SignatureFinding.Purpose, SignatureReason.UnknownPurpose, code);
        else Pass(SignatureFinding.Purpose);
    }

    private SignatureProfile ProfileMet()
    {
        if (_result.Signer!.Key.Kind != KeyKind.Rsa) return SignatureProfile.None;
        bool creator = !_signature.IsItemLevel && CreatorProfile.IsMetBy(new HashSet<DicomTag>(_signature.Tags), _file.DataSet);
        return creator ? SignatureProfile.Creator : SignatureProfile.Base;
    }

    private static bool HoldsEncapsulated(DicomNode element)
    {
        foreach (DicomNode _ in Encapsulated(element)) return true;
        return false;
    }

    private static IEnumerable<DicomNode> Encapsulated(DicomNode element)
    {
        DicomDataSet set = element.DataSet;
        long end = element.EndOffset;
        for (int i = element.Index; i < set.NodeCount && set[i].HeaderOffset < end; i++)
        {
            if (set[i].Kind == NodeKind.Encapsulated) yield return set[i];
        }
    }

    private bool Pass(string name)
    {
        _result.FindingList.Add(new SignatureFinding(name, CheckState.Passed, SignatureReason.Ok));
        return true;
    }

    private bool Fail(string name, SignatureReason reason, string? detail)
    {
        _result.FindingList.Add(new SignatureFinding(name, CheckState.Failed, reason, detail));
        return false;
    }

    private void Skip(string name, SignatureReason reason, string? detail = null) =>
        _result.FindingList.Add(new SignatureFinding(name, CheckState.NotChecked, reason, detail));
}

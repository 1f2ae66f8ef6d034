using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Forensics.Metadata.C2pa;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;
using Veridicom.Tests.Pictures;
using Veridicom.Tests.Trust;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>Just enough CBOR (RFC 8949) to write manifests with.</summary>
internal static class Cbor
{
    public static byte[] Head(int major, ulong value)
    {
        byte first = (byte)(major << 5);
        byte[] wide = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, value);
        return value < 24 ? [(byte)(first | (byte)value)] : value < 256 ? [(byte)(first | 24), wide[7]] : value <= uint.MaxValue ? [(byte)(first | 26), .. wide[4..]] : [(byte)(first | 27), .. wide];
    }

    public static byte[] Number(long value) => value >= 0 ? Head(0, (ulong)value) : Head(1, (ulong)(-1 - value));

    /// <summary>Four bytes whatever the value is, so that lengths do not move.</summary>
    public static byte[] Wide(int value)
    {
        byte[] wide = [0x1A, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(wide.AsSpan(1), value);
        return wide;
    }

    public static byte[] Text(string value) => [.. Head(3, (ulong)Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)];

    public static byte[] Bytes(byte[] value) => [.. Head(2, (ulong)value.Length), .. value];

    public static byte[] Array(params byte[][] items) => [.. Head(4, (ulong)items.Length), .. items.SelectMany(i => i)];

    public static byte[] Map(params (string Key, byte[] Value)[] pairs) => [.. Head(5, (ulong)pairs.Length), .. pairs.SelectMany(p => Text(p.Key).Concat(p.Value))];

    /// <summary>A map that says its length only by its end, as some generators write them.</summary>
    public static byte[] OpenMap(params (string Key, byte[] Value)[] pairs) => [0xBF, .. pairs.SelectMany(p => Text(p.Key).Concat(p.Value)), 0xFF];
}

/// <summary>PNG and JPEG files with C2PA manifests made and signed here: good ones, and ones that are wrong in one way.</summary>
internal sealed record ManifestKit
{
    public const string Generated = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

    public static readonly Party Signer = TrustKit.Signer(TrustKit.Authority("Test claim CA"), "Test generator");
    public static readonly Party Rsa = TrustKit.Signer(null, "Test RSA generator", RSA.Create(2048));
    private static readonly ECDsa Stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string SourceType { get; init; } = Generated;
    public string Action { get; init; } = "c2pa.created";
    public string Agent { get; init; } = "Painter 9";
    public string HashName { get; init; } = "sha256";
    public long Algorithm { get; init; } = -7;
    public Party By { get; init; } = Signer;
    public bool WrongKey { get; init; }
    public bool ChangedAssertion { get; init; }
    public bool WithoutBinding { get; init; }
    /// <summary>Bytes behind the manifest that the hash leaves out as well.</summary>
    public int Loose { get; init; }
    /// <summary>How an ingredient with the statement above hangs below a further manifest; null: no further manifest.</summary>
    public string? Relationship { get; init; }
    public bool ChangedIngredient { get; init; }
    /// <summary>Actions of that further manifest.</summary>
    public string[] Further { get; init; } = [];
    /// <summary>A box free in place of the ingredient's manifest.</summary>
    public bool CutIngredient { get; init; }
    /// <summary>Names of actions before the one with the statement.</summary>
    public string[] Before { get; init; } = [];
    public byte[]? TimeStamp { get; init; }
    /// <summary>How often the claim names each assertion.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>A picture of 16 x 16 with something in it.</summary>
    public static byte[] PlainPng() => PngWriter.Write(16, 16, PngColour.Grey, 8, [.. Enumerable.Range(0, 256).Select(i => (byte)(i * 7 & 0xFF))]);

    public static byte[] PlainJpeg() => JpegWriter.Write(16, 16, 1, [.. Enumerable.Range(0, 256).Select(i => (byte)(i * 7 & 0xFF))], 90);

    /// <summary>A PNG file with the manifest behind its header.</summary>
    public byte[] Png()
    {
        byte[] plain = PlainPng();
        byte[] Whole(byte[] jumbf) => [.. plain[..33], .. PngByHand.Chunk("caBX", jumbf), .. plain[33..]];
        byte[] draft = Store(plain, 33, 0);
        return Whole(Store(plain, 33, draft.Length + 12));
    }

    /// <summary>The same file with another content of the chunk.</summary>
    public static byte[] PngWith(byte[] jumbf)
    {
        byte[] plain = PlainPng();
        return [.. plain[..33], .. PngByHand.Chunk("caBX", jumbf), .. plain[33..]];
    }

    /// <summary>The manifest store of <see cref="Png"/>.</summary>
    public byte[] PngStore()
    {
        byte[] file = Png();
        return file[41..(41 + BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(33)))];
    }

    /// <summary>A JPEG file with the manifest in segments of at most some bytes.</summary>
    public byte[] Jpeg(int segment = 60000)
    {
        byte[] plain = PlainJpeg();
        byte[] draft = Segments(Store(plain, 2, 0), segment);
        return [.. plain[..2], .. Segments(Store(plain, 2, draft.Length), segment), .. plain[2..]];
    }

    private static byte[] Segments(byte[] jumbf, int most)
    {
        var all = new List<byte>();
        byte[] header = jumbf[..8];
        for (int at = 8, packet = 1; at < jumbf.Length; at += most, packet++)
        {
            byte[] part = jumbf[at..Math.Min(jumbf.Length, at + most)];
            byte[] numbers = new byte[8];
            BinaryPrimitives.WriteUInt16BigEndian(numbers, (ushort)(part.Length + 18));
            BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4), packet);
            all.AddRange([0xFF, 0xEB, numbers[0], numbers[1], (byte)'J', (byte)'P', 0, 1, .. numbers[4..8], .. header, .. part]);
        }
        return [.. all];
    }

    private byte[] Store(byte[] plain, int start, int length)
    {
        byte[] hash = HashData(HashName, [.. plain[..start], .. plain[(start + Loose)..]]);
        byte[] binding = Assertion("c2pa.hash.data", Cbor.Map(("exclusions", Cbor.Array(Cbor.Map(("start", Cbor.Wide(start)), ("length", Cbor.Wide(length + Loose))))),
            ("alg", Cbor.Text(HashName)), ("hash", Cbor.Bytes(hash)), ("pad", Cbor.Bytes(new byte[8]))));
        byte[] actions = Actions([.. Before.Select(Named), Cbor.Map(("action", Cbor.Text(Action)), ("softwareAgent", Cbor.OpenMap(("name", Cbor.Text(Agent)))), ("digitalSourceType", Cbor.Text(SourceType)))]);
        if (Relationship is null) return Super("c2pa", "c2pa", ManifestBox("urn:c2pa:one", WithoutBinding ? [actions] : [actions, binding]));
        byte[] first = ManifestBox("urn:c2pa:one", [actions]);
        byte[] expected = HashData(HashName, first[8..]);
        if (ChangedIngredient) expected[0] ^= 1;
        byte[] ingredient = Assertion("c2pa.ingredient.v3", Cbor.Map(("relationship", Cbor.Text(Relationship)),
            ("activeManifest", Cbor.Map(("url", Cbor.Text("self#jumbf=/c2pa/urn:c2pa:one")), ("hash", Cbor.Bytes(expected))))));
        byte[] second = ManifestBox("urn:c2pa:two", Further.Length == 0 ? [ingredient, binding] : [ingredient, Actions([.. Further.Select(Named)]), binding]);
        return Super("c2pa", "c2pa", CutIngredient ? Box("free", new byte[first.Length - 8]) : first, second);
    }

    private static byte[] Actions(byte[][] actions) => Assertion("c2pa.actions.v2", Cbor.Map(("actions", Cbor.Array(actions))));

    private static byte[] Named(string action) => Cbor.Map(("action", Cbor.Text(action)));

    private byte[] ManifestBox(string label, byte[][] assertions)
    {
        IEnumerable<byte[]> references = assertions.Select(a => Cbor.Map(("url", Cbor.Text("self#jumbf=c2pa.assertions/" + LabelOf(a))), ("hash", Cbor.Bytes(HashData(HashName, a[8..])))));
        byte[] claim = Cbor.Map(("claim_generator_info", Cbor.OpenMap(("name", Cbor.Text("Test writer")), ("version", Cbor.Text("2")))), ("alg", Cbor.Text(HashName)), ("created_assertions", Cbor.Array([.. Enumerable.Repeat(references, Repeats).SelectMany(r => r)])));
        if (ChangedAssertion)
        {
            int at = assertions[0].AsSpan().IndexOf(Encoding.UTF8.GetBytes(Agent));
            assertions[0][at] ^= 1;
        }
        return Super("c2ma", label, Super("c2as", "c2pa.assertions", assertions), Super("c2cl", "c2pa.claim.v2", Box("cbor", claim)), Super("c2cs", "c2pa.signature", Box("cbor", Sign(claim))));
    }

    private byte[] Sign(byte[] claim)
    {
        byte[] header = [.. Cbor.Head(5, 2), .. Cbor.Number(1), .. Cbor.Number(Algorithm), .. Cbor.Number(33), .. Cbor.Array([.. By.Path().Select(c => Cbor.Bytes(c.Der.ToArray()))])];
        byte[] signed = CoseSignature.Signed(header, claim);
        HashAlgorithmName hash = Algorithm is -7 or -37 ? HashAlgorithmName.SHA256 : Algorithm is -35 or -38 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA512;
        byte[] signature = Algorithm == -8 ? new byte[64] : WrongKey ? Stranger.SignData(signed, hash) : By.Key is ECDsa ec ? ec.SignData(signed, hash) : ((RSA)By.Key).SignData(signed, hash, RSASignaturePadding.Pss);
        byte[] free = TimeStamp is null ? Cbor.Map(("pad", Cbor.Bytes(new byte[16]))) : Cbor.Map(("sigTst2", Cbor.Map(("tstTokens", Cbor.Array(Cbor.Map(("val", Cbor.Bytes(TimeStamp))))))));
        return [0xD2, .. Cbor.Array(Cbor.Bytes(header), free, [0xF6], Cbor.Bytes(signature))];
    }

    private static byte[] HashData(string name, byte[] data) => name switch { "sha384" => SHA384.HashData(data), "sha512" => SHA512.HashData(data), _ => SHA256.HashData(data) };

    private static byte[] Assertion(string label, byte[] content) => Super("cbor", label, Box("cbor", content));

    // behind the two headers, the type and the switches
    private static string LabelOf(byte[] super) => Encoding.UTF8.GetString(super.AsSpan(33, super.AsSpan(33).IndexOf((byte)0)));

    public static byte[] Super(string type, string label, params byte[][] content) =>
        Box("jumb", [.. Box("jumd", [.. Encoding.ASCII.GetBytes(type), 0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71, 3, .. Encoding.UTF8.GetBytes(label), 0]), .. content.SelectMany(c => c)]);

    public static byte[] Box(string type, byte[] payload)
    {
        byte[] box = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. payload];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        return box;
    }
}

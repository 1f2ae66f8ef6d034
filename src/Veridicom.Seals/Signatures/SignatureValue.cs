using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>The value of the Signature element as the key's scheme defines it.</summary>
internal static class SignatureValue
{
    /// <summary>
    /// Cuts the byte that pads an OB value to even length (PS3.5-2023b 6.2): for ECDSA behind the DER SEQUENCE, for RSA behind a modulus of odd
    /// length. What does not have that form is returned whole, and no key will accept it.
    /// </summary>
    public static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> value, VerificationKey key)
    {
        if (key.Kind != KeyKind.Rsa)
        {
            int length = DerLength.Of(value);
            return length > 0 ? value[..length] : value;
        }
        int modulus = (key.Bits + 7) / 8;
        return (modulus & 1) != 0 && value.Length == modulus + 1 && value[^1] == 0 ? value[..modulus] : value;
    }
}

namespace Veridicom.Seals.Trust;

/// <summary>
/// The one source of randomness for salts, secrets and serial numbers. The program implements it once, over the platform's
/// generator; tests use a fixed sequence. (New keys, and ECDSA and PSS signatures, take theirs from the platform itself.)
/// </summary>
public interface IRandomness
{
    /// <summary>Fills all of <paramref name="destination"/> with bytes that nobody can foresee.</summary>
    void Fill(Span<byte> destination);
}

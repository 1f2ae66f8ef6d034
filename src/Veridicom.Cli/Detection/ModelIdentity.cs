using System.Security.Cryptography;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Manipulation;

namespace Veridicom.Cli.Detection;

/// <summary>What tells one model from another where scores are kept: its version, and a digest of its file, as a model that was fitted anew may keep its version.</summary>
internal static class ModelIdentity
{
    private const int Digits = 12;

    /// <summary>"1.0 3fa4c2d19b07".</summary>
    public static string Of(GenerationModel model) => Of(model.Version, model.Write());

    /// <summary>The same of the model of changed parts.</summary>
    public static string Of(LocalModel model) => Of(model.Version, model.Write());

    private static string Of(string version, byte[] file) => version + " " + Convert.ToHexStringLower(SHA256.HashData(file))[..Digits];
}

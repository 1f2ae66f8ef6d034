namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>What a file carries as a C2PA manifest cannot be read as one. Caught within this folder: whoever asks for findings gets a finding.</summary>
/// <param name="message">What is wrong, a phrase for people without anything out of the file.</param>
internal sealed class ManifestException(string message) : Exception(message);

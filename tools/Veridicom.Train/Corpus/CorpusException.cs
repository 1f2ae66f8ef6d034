namespace Veridicom.Train.Corpus;

/// <summary>A folder of data that cannot be trained on, and where.</summary>
public sealed class CorpusException(string message, Exception? inner = null) : Exception(message, inner);

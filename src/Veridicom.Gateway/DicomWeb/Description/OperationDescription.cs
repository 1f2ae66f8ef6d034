namespace Veridicom.Gateway.DicomWeb.Description;

/// <summary>A parameter of the query part.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">What it does.</param>
/// <param name="Pattern">A regular expression of its values, null for any.</param>
/// <param name="Number">True for whole numbers.</param>
public sealed record QueryParameter(string Name, string Text, string? Pattern = null, bool Number = false);

/// <summary>One status with which an operation can end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">When.</param>
/// <param name="MediaTypes">Types of the body; none for no body.</param>
public sealed record OperationAnswer(int Status, string Text, params string[] MediaTypes);

/// <summary>What an endpoint does, carried by it as metadata: the OpenAPI and WADL pages are made from nothing else.</summary>
/// <param name="Name">A name that no other has.</param>
/// <param name="Group">Service that it belongs to.</param>
/// <param name="Summary">One line.</param>
public sealed record OperationDescription(string Name, string Group, string Summary)
{
    /// <summary>The scope that a caller needs, null for none.</summary>
    public string? Scope { get; init; }

    /// <summary>Parameters of the query part.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>Media types of the body of the request; none where it has none.</summary>
    public IReadOnlyList<string> Bodies { get; init; } = [];

    /// <summary>How it can end. Errors are application/problem+json.</summary>
    public IReadOnlyList<OperationAnswer> Answers { get; init; } = [];
}

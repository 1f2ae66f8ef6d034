namespace Veridicom.Seals.Verify;

/// <summary>Collects reasons and the state of parts while a seal or signature is judged.</summary>
internal sealed class Findings
{
    private readonly List<Reason> _reasons = [];
    private readonly PartState[] _parts = new PartState[6];

    /// <summary>Reasons so far, at most <see cref="Verdict.MaxReasons"/>.</summary>
    public IReadOnlyList<Reason> Reasons => _reasons;

    /// <summary>Reasons that were only counted.</summary>
    public int More { get; private set; }

    /// <summary>Something sealed differs.</summary>
    public bool Altered { get; private set; }

    /// <summary>Something cannot be judged.</summary>
    public bool Unverifiable { get; private set; }

    /// <summary>Something was added that is neither shown nor says who the patient is.</summary>
    public bool Extended { get; private set; }

    /// <summary>Something is withheld with leave.</summary>
    public bool Withheld { get; private set; }

    /// <summary>The signer is not to be trusted.</summary>
    public bool Untrusted { get; private set; }

    /// <summary>States of parts by number of <see cref="Part"/>.</summary>
    public IReadOnlyDictionary<Part, PartState> Parts()
    {
        var parts = new Dictionary<Part, PartState>(6);
        for (int i = 0; i < _parts.Length; i++) parts[(Part)i] = _parts[i];
        return parts;
    }

    /// <summary>A state; the graver of the two stays.</summary>
    public void Mark(Part part, PartState state)
    {
        if (state > _parts[(int)part]) _parts[(int)part] = state;
    }

    /// <summary>Something sealed differs: the file is altered.</summary>
    public void Alter(Reason reason)
    {
        Altered = true;
        Mark(reason.Part, PartState.Altered);
        Add(reason);
    }

    /// <summary>Something cannot be judged: the file is unverifiable.</summary>
    public void Doubt(Reason reason)
    {
        Unverifiable = true;
        Add(reason);
    }

    /// <summary>Something was added. Shown, patient's or pixel elements make the file altered, others extend it.</summary>
    public void Append(Reason reason)
    {
        if (reason.Part is Part.Display or Part.Patient or Part.Pixels)
        {
            Alter(reason);
            return;
        }
        Extended = true;
        Mark(reason.Part, PartState.Extended);
        Add(reason);
    }

    /// <summary>Something is withheld with leave.</summary>
    public void Withhold(Reason reason)
    {
        Withheld = true;
        Mark(reason.Part, PartState.Withheld);
        Add(reason);
    }

    /// <summary>The signer is not to be trusted.</summary>
    public void Distrust(Reason reason)
    {
        Untrusted = true;
        Add(reason);
    }

    /// <summary>A reason that changes no verdict.</summary>
    public void Add(Reason reason)
    {
        if (_reasons.Count < Verdict.MaxReasons) _reasons.Add(reason);
        else More++;
    }
}

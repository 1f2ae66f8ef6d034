namespace Veridicom.Seals.Verify;

/// <summary>Collects reasons and the state of parts while a seal or signature is judged.</summary>
internal sealed class Findings
{
    private readonly List<Reason> _reasons = [];
    private readonly PartState[] _parts = new PartState[6];
    private bool _appended, _replaced, _replacedShown;

    /// <summary>Reasons so far, at most <see cref="Verdict.MaxReasons"/>.</summary>
    public IReadOnlyList<Reason> Reasons => _reasons;

    /// <summary>Reasons that were only counted.</summary>
    public int More { get; private set; }

    /// <summary>Something sealed differs, or something that is shown took the place of what is withheld.</summary>
    public bool Altered => Differs || _replacedShown;

    /// <summary>Something sealed differs. What stands in the place of withheld leaves does not count: a later seal may vouch for it.</summary>
    public bool Differs { get; private set; }

    /// <summary>Something cannot be judged.</summary>
    public bool Unverifiable { get; private set; }

    /// <summary>Something was added that is neither shown nor says who the patient is.</summary>
    public bool Extended => _appended || (_replaced && !_replacedShown);

    /// <summary>Something was added, apart from what stands in the place of withheld leaves.</summary>
    public bool Appended => _appended;

    /// <summary>Numbers of the seal blocks that were added: whatever their order, they came after this seal.</summary>
    public HashSet<int> AddedSeals { get; } = [];

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
        Differs = true;
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
        _appended = true;
        Mark(reason.Part, PartState.Extended);
        Add(reason);
    }

    /// <summary>Something stands in the place of a withheld leaf: an addition, until a later seal vouches for it.</summary>
    public void Replace(Reason reason)
    {
        bool shown = reason.Part is Part.Display or Part.Patient or Part.Pixels;
        _replaced = true;
        _replacedShown |= shown;
        Mark(reason.Part, shown ? PartState.Altered : PartState.Extended);
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

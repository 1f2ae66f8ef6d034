using Veridicom.Dimse.Tls;

namespace Veridicom.Cli.Home;

/// <summary>Where the passphrase of the keys comes from: a secret file, VERIDICOM_PASSPHRASE, or the person at the terminal; in this order.</summary>
public sealed class Passphrase(Surroundings surroundings, string? file)
{
    /// <summary>The shortest passphrase that new keys are encrypted with, in characters.</summary>
    public const int Shortest = 8;

    private const string Variable = "VERIDICOM_PASSPHRASE";
    private const string Remedy = "name a secret file with --passphrase-file, set " + Variable + ", or run it on a terminal";
    private string? _known;

    /// <summary>The passphrase of existing keys. Asked for once a run.</summary>
    public string Existing() => _known ??= Given() ?? Ask("Passphrase of the keys: ");

    /// <summary>A passphrase for new keys: long enough, and typed twice where it is typed.</summary>
    public string New()
    {
        if (_known is not null) return _known;
        string? text = Given();
        if (text is null)
        {
            text = Ask($"New passphrase for the keys (at least {Shortest} characters): ");
            Demand(text);
            if (Ask("The same again: ") != text)
                throw FaultException.World("passphrase", null, "the two passphrases differ", "run it again");
        }
        Demand(text);
        return _known = text;
    }

    private static void Demand(string text)
    {
        if (text.Length < Shortest)
            throw FaultException.World("passphrase", null, $"the passphrase has fewer than {Shortest} characters", "choose a longer one");
    }

    private string Ask(string prompt)
    {
        if (!surroundings.Person.IsThere) throw FaultException.World("passphrase", null, "no passphrase was given and nobody can be asked", Remedy);
        return surroundings.Person.AskSecret(prompt) is { Length: > 0 } text
            ? text
            : throw FaultException.World("passphrase", null, "no passphrase was given", Remedy);
    }

    private string? Given()
    {
        if (file is not null) return FromFile(file);
        return surroundings.Variable(Variable) is { Length: > 0 } text ? text : null;
    }

    /// <summary>The first line of a file that nobody else may read.</summary>
    private static string FromFile(string file)
    {
        if (!File.Exists(file)) throw FaultException.World("not-found", file, "does not exist", "check the name");
        using FileStream opened = File.OpenRead(file);
        if (SecretFile.IsExposed(opened.SafeFileHandle))
            throw FaultException.World("mode", file, "the secret may be read or written by others", "chmod 600 it, and change the passphrase if others may know it");
        using var reader = new StreamReader(opened);
        return reader.ReadLine() is { Length: > 0 } line
            ? line
            : throw FaultException.World("passphrase", file, "the secret file is empty", "write the passphrase into its first line");
    }
}

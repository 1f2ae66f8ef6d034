using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Gateway.Access;

namespace Veridicom.Cli.Commands;

/// <summary>token issue, keys: bearer tokens for the gateway, for a site without an identity provider.</summary>
public static class TokenCommand
{
    private const int MostHours = 8784, LongestSubject = 128;

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings) => new("token", "Issues bearer tokens for the gateway's HTTP, where the site has no identity provider.")
    {
        Issue(surroundings), Keys(surroundings),
    };

    private static Command Issue(Surroundings surroundings)
    {
        var subject = new Option<string>("--subject") { Description = "Who the token is for: stands in the audit trail.", HelpName = "NAME", Required = true };
        var scope = new Option<string[]>("--scope")
        {
            Description = "What it allows: read, write, verify, admin.",
            HelpName = "SCOPE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        scope.AcceptOnlyFromAmong("read", "write", "verify", "admin");
        var hours = new Option<int>("--hours") { Description = $"How long it is good, 1 to {MostHours} (default 12).", HelpName = "N", DefaultValueFactory = _ => 12 };
        var study = new Option<string[]>("--study") { Description = "Narrows its scopes to this study; may be given several times.", HelpName = "UID" };
        var issuer = new Option<string>("--issuer") { Description = "Its issuer, as in the gateway's settings (default veridicom).", HelpName = "TEXT", DefaultValueFactory = _ => TokenIssue.OwnIssuer };
        var audience = new Option<string>("--audience") { Description = "Its audience, as in the gateway's settings (default veridicom).", HelpName = "TEXT", DefaultValueFactory = _ => TokenIssue.OwnAudience };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("issue", "Writes a token on standard output, and nothing else there. Whoever has it may use it until it expires: give it by a safe way.")
        {
            subject, scope, hours, study, issuer, audience, passphraseFile,
        };
        command.SetAction(parsed =>
        {
            string name = Checked(parsed.GetRequiredValue(subject));
            int life = parsed.GetValue(hours);
            if (life is < 1 or > MostHours) throw FaultException.Usage($"--hours is 1 to {MostHours}", "issue a new token when this one has expired");
            string scopes = Scopes(parsed.GetRequiredValue(scope), parsed.GetValue(study) ?? []);

            KeyFile file = OpenFile(surroundings, new Passphrase(surroundings, parsed.GetValue(passphraseFile)), renew: false, out Passphrase passphrase);
            using AsymmetricAlgorithm key = file.Open(passphrase);
            if (key is not ECDsa { KeySize: 256 } ec) throw FaultException.World("key-file", file.Path, "holds no key for tokens", "remove it: the next token makes a new one");
            byte[] identifier = new byte[16];
            surroundings.Randomness.Fill(identifier);
            DateTimeOffset now = surroundings.Now;
            string token = TokenIssue.Make(ec, parsed.GetRequiredValue(issuer), parsed.GetRequiredValue(audience), name, scopes, now, TimeSpan.FromHours(life), Convert.ToHexStringLower(identifier));
            surroundings.Out.WriteLine(token);
            surroundings.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"token {Convert.ToHexStringLower(identifier)} for {name}: {scopes}; until {now.AddHours(life).UtcDateTime:yyyy-MM-dd HH:mm} UTC"));
            return 0;
        });
        return command;
    }

    private static Command Keys(Surroundings surroundings)
    {
        var renew = new Option<bool>("--renew") { Description = "Make a new key first: every token issued before is refused as soon as the gateway has the new set." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("keys", "Writes the public key as a JWK Set on standard output: the file that the gateway's setting http.tokens.keysFile names. The first call makes the key.") { renew, passphraseFile };
        command.SetAction(parsed =>
        {
            KeyFile file = OpenFile(surroundings, new Passphrase(surroundings, parsed.GetValue(passphraseFile)), parsed.GetValue(renew), out _);
            surroundings.Out.Write(TokenIssue.KeySet([PublicKeyOf(file)]));
            return 0;
        });
        return command;
    }

    /// <summary>The file of the key; makes it where there is none, or where a new one is wanted.</summary>
    private static KeyFile OpenFile(Surroundings surroundings, Passphrase given, bool renew, out Passphrase passphrase)
    {
        var home = new OrganisationHome(surroundings);
        passphrase = given;
        home.DemandMode();
        if (File.Exists(home.TokenFile) && !renew) return KeyFile.Read(home.TokenFile);
        // all keys of a folder share one passphrase: prove it on one that is there
        string? other = ((string[])[home.SealingFile, home.TokenFile]).FirstOrDefault(File.Exists);
        if (other is not null) KeyFile.Read(other).Open(passphrase).Dispose();
        string secret = other is not null ? passphrase.Existing() : passphrase.New();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        home.CreateFolders();
        var output = new AtomicOutput();
        home.WriteKey(output, home.TokenFile, KeyFile.Write(key, secret, []), replace: renew);
        output.Complete();
        surroundings.Error.WriteLine($"made a key for tokens: {home.TokenFile}");
        return KeyFile.Read(home.TokenFile);
    }

    private static ECParameters PublicKeyOf(KeyFile file)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(file.PublicKey, out _);
            return key.ExportParameters(includePrivateParameters: false);
        }
        catch (CryptographicException)
        {
            throw FaultException.World("key-file", file.Path, "holds no key for tokens", "restore it from the backup: veridicom key restore FILE");
        }
    }

    private static string Scopes(string[] scopes, string[] studies)
    {
        foreach (string study in studies)
        {
            if (!ScopeText.IsUid(study)) throw FaultException.Usage("a study is named by its UID: at most 64 digits and dots", "see veridicom show for the StudyInstanceUID of a file");
        }
        if (studies.Length == 0) return string.Join(' ', scopes.Distinct());
        if (scopes.Contains("admin")) throw FaultException.Usage("admin is never for one study", "issue a token of its own for it");
        string[] all = [.. scopes.Distinct().SelectMany(_ => studies.Distinct(), (scope, study) => scope + ':' + study)];
        return all.Length <= ScopeText.Most ? string.Join(' ', all) : throw FaultException.Usage($"a token holds at most {ScopeText.Most} scopes", "issue several");
    }

    private static string Checked(string subject)
    {
        if (subject.Length is 0 or > LongestSubject || subject.Any(c => char.IsControl(c) || char.IsSurrogate(c)))
            throw FaultException.Usage($"the subject is 1 to {LongestSubject} characters without control characters", "use another name");
        return subject;
    }
}

using System.Text;

namespace Veridicom.Cli;

/// <summary>The person at this terminal. Prompts go to standard error, so that a redirected result stays clean.</summary>
public sealed class ConsolePerson(TextWriter prompts) : IPerson
{
    private volatile bool _asking;

    /// <inheritdoc/>
    public bool IsThere => true;

    /// <summary>True while a question waits for its answer: then Ctrl-C ends the program, and nothing has been begun.</summary>
    public bool IsAsking => _asking;

    /// <inheritdoc/>
    public string? Ask(string prompt)
    {
        prompts.Write(prompt);
        prompts.Flush();
        _asking = true;
        string? line = Console.ReadLine();
        _asking = false;
        return line;
    }

    /// <inheritdoc/>
    public string? AskSecret(string prompt)
    {
        prompts.Write(prompt);
        prompts.Flush();
        _asking = true;
        string? secret = ReadHidden();
        _asking = false;
        prompts.WriteLine();
        return secret;
    }

    private static string? ReadHidden()
    {
        var text = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    return text.ToString();
                case ConsoleKey.Escape:
                    return null;
                case ConsoleKey.Backspace:
                    if (text.Length > 0) text.Length--;
                    break;
                default:
                    if (!char.IsControl(key.KeyChar)) text.Append(key.KeyChar);
                    break;
            }
        }
    }
}

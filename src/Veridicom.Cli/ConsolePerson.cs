using System.Text;

namespace Veridicom.Cli;

/// <summary>The person at this terminal. Prompts go to standard error, so that a redirected result stays clean.</summary>
public sealed class ConsolePerson(TextWriter prompts) : IPerson
{
    /// <inheritdoc/>
    public bool IsThere => true;

    /// <inheritdoc/>
    public string? Ask(string prompt)
    {
        prompts.Write(prompt);
        prompts.Flush();
        return Console.ReadLine();
    }

    /// <inheritdoc/>
    public string? AskSecret(string prompt)
    {
        prompts.Write(prompt);
        prompts.Flush();
        var text = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    prompts.WriteLine();
                    return text.ToString();
                case ConsoleKey.Escape:
                    prompts.WriteLine();
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

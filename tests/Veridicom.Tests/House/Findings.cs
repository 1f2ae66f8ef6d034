using Xunit;

namespace Veridicom.Tests.House;

/// <summary>What a house test found wrong, each finding on a line of its own and in full.</summary>
internal static class Findings
{
    /// <summary>Fails the running test where anything was found. (Assert.Empty cuts long lists and long texts.)</summary>
    public static void None<T>(IEnumerable<T> found, string wrong)
    {
        var all = found.Select(finding => $"  {finding}").ToList();
        Assert.True(all.Count == 0, $"{wrong}:\n{string.Join('\n', all)}");
    }
}

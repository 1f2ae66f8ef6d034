using Xunit;

namespace Veridicom.Testing;

/// <summary>Waits for what another thread or program brings about, with a deadline that only a failure meets.</summary>
public static class Until
{
    /// <summary>Returns when the condition holds; fails the running test after five minutes.</summary>
    public static async Task True(Func<bool> condition, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        while (!condition())
        {
            if (limit.IsCancellationRequested) Assert.Fail($"not within five minutes: {what}");
            await Task.Yield();
            Thread.Sleep(1);
        }
    }
}

using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

internal static partial class TrustKit
{
    public static TrustException Refused(TrustCode code, Action action)
    {
        var error = Assert.Throws<TrustException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }
}

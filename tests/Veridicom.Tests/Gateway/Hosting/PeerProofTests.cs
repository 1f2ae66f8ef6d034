using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Dimse;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Xunit;

namespace Veridicom.Tests.Gateway.Hosting;

/// <summary>What of a peer the audit trail may call proven.</summary>
public sealed class PeerProofTests
{
    private static readonly string Own = new('a', 64), Other = new('b', 64);

    [Theory]
    [InlineData("LISTED", 'a', true, "certificate")]
    [InlineData("LISTED", 'b', false, "ae-title")]
    [InlineData("LISTED", null, false, "ae-title")]
    [InlineData("TITLE_ONLY", 'a', true, "ae-title")]
    [InlineData("TITLE_ONLY", null, true, "ae-title")]
    public void A_certificate_proves_an_AE_title_only_where_its_fingerprint_is_listed_for_it(string title, char? certificate, bool admitted, string means)
    {
        var settings = new DicomSettings { Peers = [new() { AeTitle = "LISTED", Certificates = [Own] }, new() { AeTitle = "OTHER", Certificates = [Other] }, new() { AeTitle = "TITLE_ONLY" }] };
        var denials = new DenialJournal((_, _) => Task.CompletedTask, TimeProvider.System, _ => { });
        var dimse = new GatewayDimse(settings, null!, null!, null!, null!, denials, null!, TimeProvider.System, NullLogger.Instance);
        var peer = new AssociationPeer(title, settings.AeTitles[0], new IPEndPoint(IPAddress.Loopback, 4000), certificate is { } c ? new string(c, 64) : null, null, "", "");

        Assert.Equal(admitted, dimse.Admit(peer) is null);
        Assert.Equal(means, dimse.ActorOf(peer).Means);
    }
}

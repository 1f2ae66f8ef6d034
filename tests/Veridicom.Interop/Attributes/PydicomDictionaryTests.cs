using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Xunit;

namespace Veridicom.Interop.Attributes;

/// <summary>Our registry against pydicom's, which was made from the standard by other hands.</summary>
public sealed class PydicomDictionaryTests
{
    // pydicom follows another edition: these tags have a representation there and are blank in ours.
    private static readonly uint[] BlankInOurEdition = [0x00080202, 0x00189445, 0x00280020];

    [Fact]
    public void Representations_and_keywords_agree()
    {
        const string Script = """
            from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
            for tag, (vr, vm, name, retired, keyword) in DicomDictionary.items():
                print('%08X' % tag, keyword, vr, sep='\t')
            for tag, (vr, vm, name, retired, keyword) in RepeatersDictionary.items():
                print(tag.upper().replace('X', '2'), keyword, vr, sep='\t')
            """;
        string[] lines = Peer.RequirePydicom().Run("-c", Script).Succeeded().OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(lines.Length > 4900, $"only {lines.Length} rows");
        foreach (string line in lines)
        {
            string[] row = line.Split('\t');
            uint tag = uint.Parse(row[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            bool found = DicomDictionary.TryFind(new DicomTag(tag), out var entry);
            // Command elements that were retired long before the standard we read from are not listed.
            if (tag >> 16 == 0 && !found) continue;
            if (BlankInOurEdition.Contains(tag)) continue;
            Assert.True(found, line);
            string[] vrs = row[2] == "NONE" ? [] : row[2].Split(" or ");
            Assert.True(vrs.Length == entry.VrCount && Array.TrueForAll(vrs, vr => entry.Allows((Vr)((vr[0] << 8) | vr[1]))), line);
            if (row[1].Length > 0 && entry.Keyword.Length > 0) Assert.Equal(row[1], entry.Keyword);
        }
    }
}

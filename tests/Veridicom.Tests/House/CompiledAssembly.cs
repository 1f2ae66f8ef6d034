using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Veridicom.Tests.House;

/// <summary>One use of a foreign member in a compiled method.</summary>
/// <param name="Caller">Our type, with its namespace; for code the compiler moved into a nested type, the outermost one.</param>
/// <param name="Type">The used type, with its namespace.</param>
/// <param name="Member">The used member; a property's accessor as get_Name.</param>
internal sealed record MemberUse(string Caller, string Type, string Member)
{
    public override string ToString() => $"{Caller} uses {Type}.{Member}";
}

/// <summary>Reads what compiled code really calls, which no way of writing the source can hide.</summary>
internal static class CompiledAssembly
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null))
        .OfType<OpCode>()
        .ToDictionary(code => unchecked((int)(ushort)code.Value));

    /// <summary>The compiled project as it lies beside the tests.</summary>
    public static string PathOf(string project) =>
        Path.Combine(AppContext.BaseDirectory, (project == "Veridicom.Cli" ? "veridicom" : project) + ".dll");

    /// <summary>Every use of a member of another assembly, in all methods of this one.</summary>
    public static IReadOnlyList<MemberUse> ForeignUses(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        var metadata = image.GetMetadataReader();
        var uses = new HashSet<MemberUse>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
            {
                continue; // abstract, or implemented by the runtime
            }

            var caller = Outermost(metadata, method.GetDeclaringType());
            if (caller.StartsWith("Coverlet.", StringComparison.Ordinal))
            {
                continue; // ./test measures coverage: the collector has put its own counter into the assembly
            }

            foreach (var token in Tokens(image.GetMethodBody(method.RelativeVirtualAddress).GetILReader()))
            {
                if (Resolve(metadata, token) is var (type, member))
                {
                    uses.Add(new MemberUse(caller, type, member));
                }
            }
        }

        return [.. uses];
    }

    // ECMA-335 III.1.2: opcodes of one byte, or two that begin with FE; each has its operand's size.
    private static IEnumerable<EntityHandle> Tokens(BlobReader code)
    {
        var tokens = new List<EntityHandle>();
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xFE)
            {
                value = (value << 8) | code.ReadByte();
            }

            switch (OpCodesByValue[value].OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.ReadByte();
                    break;
                case OperandType.InlineVar:
                    code.ReadInt16();
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.ReadInt64();
                    break;
                case OperandType.InlineSwitch:
                    code.ReadBytes(4 * code.ReadInt32());
                    break;
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                default:
                    code.ReadInt32();
                    break;
            }
        }

        return tokens;
    }

    private static (string Type, string Member)? Resolve(MetadataReader metadata, EntityHandle token)
    {
        if (token.Kind == HandleKind.MethodSpecification)
        {
            token = metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method;
        }

        switch (token.Kind)
        {
            case HandleKind.TypeReference:
                return (NameOf(metadata, (TypeReferenceHandle)token), "");
            case HandleKind.MemberReference:
                var member = metadata.GetMemberReference((MemberReferenceHandle)token);
                return member.Parent.Kind == HandleKind.TypeReference
                    ? (NameOf(metadata, (TypeReferenceHandle)member.Parent), metadata.GetString(member.Name))
                    : null; // of our own, or of a generic type: none of those reaches outside
            default:
                return null;
        }
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf(metadata, (TypeReferenceHandle)type.ResolutionScope)}.{name}"
            : $"{metadata.GetString(type.Namespace)}.{name}";
    }

    private static string Outermost(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}

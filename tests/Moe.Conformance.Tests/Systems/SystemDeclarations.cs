namespace Moe.Conformance.Tests.Systems;

/// <summary>Source texts of all declarations, a group of systems each.</summary>
internal static class SystemDeclarations
{
    /// <summary>One file a group.</summary>
    public static string[] Sources { get; } =
    [
        MixedExpertTests.Declarations,
        SharedExpertTests.Declarations,
        CarriedStateTests.Declarations,
        HeadExpertTests.Declarations,
        RequestBiasTests.Declarations,
        MergeTests.Declarations,
        TagTests.Declarations,
        TableTests.Declarations,
        BinarySelectorTests.Declarations,
        DropTests.Declarations,
        DistanceEdgeTests.Declarations,
        SelfContrastModelTests.Declarations,
        VaryingChoiceTests.Declarations,
        FixedChoiceTests.Declarations,
        TreeAndCodeTests.Declarations,
        CentroidTests.Declarations,
        SliceTests.Declarations,
        LoraTests.Declarations,
        CapacityTests.Declarations,
        PlacementTests.Declarations,
    ];
}

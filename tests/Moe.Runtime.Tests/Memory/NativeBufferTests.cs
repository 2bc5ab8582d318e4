using System;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Tests.Memory;

public unsafe class NativeBufferTests
{
    [Fact]
    public void Reserve_AfterDisposal_IsRefused()
    {
        NativeBuffer buffer = new();
        Assert.True(buffer.Reserve(100) != null);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Equal(0, buffer.Bytes);
        Assert.Throws<ObjectDisposedException>(() => (nint)buffer.Reserve(100));
    }
}

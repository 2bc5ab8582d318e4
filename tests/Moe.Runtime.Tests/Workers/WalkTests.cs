using System;
using System.Linq;
using System.Threading;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Tests.Workers;

/// <summary>Walks over tiles take every panel of every row once, whatever the sizes, and cut where they say.</summary>
public unsafe class WalkTests
{
    private const int Experts = 5;

    [Fact]
    public void TileWalk_AnySizes_TakesEveryPanelOfEveryRowOnce()
    {
        Random random = new(41);
        for (int round = 0; round < 60; round++)
        {
            using WorkerPool pool = new(random.Next(1, 4));
            int panels = random.Next(1, 70), perTile = random.Next(1, 9), rows = random.Next(5) == 0 ? random.Next(6) : random.Next(200);
            TileJob job = new() { Panels = panels, PerTile = perTile, Rows = rows, Taken = new int[panels * rows] };
            pool.Run(ref job);
            Assert.All(job.Taken, times => Assert.Equal(1, times));
            Assert.Equal(0, job.Wrong);
        }
    }

    [Fact]
    public void ExpertWalk_AnySizes_TakesEveryPanelOfEveryRowOnce()
    {
        Random random = new(42);
        for (int round = 0; round < 60; round++)
        {
            using WorkerPool pool = new(random.Next(1, 4));
            int panels = random.Next(1, 70), perTile = random.Next(1, 9), tokens = random.Next(3) == 0 ? random.Next(34) : random.Next(400);

            // Of every third round one expert has all rows; −1 is a slot without one.
            int[] chosen = [.. Enumerable.Range(0, tokens).Select(_ => round % 3 == 0 ? 2 : random.Next(-1, Experts))];
            using ExpertGroups groups = new(Experts, 1);
            groups.Reserve(tokens);
            fixed (int* choice = chosen)
                groups.Arrange<Five, One>(choice, 1, tokens, isFull: false);

            ExpertJob job = new() { Groups = groups, Panels = panels, PerTile = perTile, Count = Experts, Taken = new int[panels * groups.Rows] };
            pool.Run(ref job);
            Assert.Equal(chosen.Count(expert => expert >= 0), groups.Rows);
            Assert.All(job.Taken, times => Assert.Equal(1, times));
            Assert.Equal(0, job.Wrong);

            // Some experts in the middle, as where others stand beside them that have weights of another shape.
            int first = random.Next(Experts), count = random.Next(Experts - first + 1);
            ExpertJob part = new() { Groups = groups, Panels = panels, PerTile = perTile, First = first, Count = count, Taken = new int[panels * groups.Rows] };
            pool.Run(ref part);
            for (int i = 0; i < part.Taken.Length; i++)
                Assert.Equal(i / panels >= groups.FirstRowOf(first) && i / panels < groups.FirstRowOf(first + count) ? 1 : 0, part.Taken[i]);
            Assert.Equal(0, part.Wrong);
        }
    }

    private static void Mark(int[] taken, int panels, int firstRow, int rows, int firstPanel, int count)
    {
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int panel = firstPanel; panel < firstPanel + count; panel++)
                Interlocked.Increment(ref taken[(row * panels) + panel]);
        }
    }

    private static bool IsWhole(int panels, int perTile, int firstPanel, int count) =>
        firstPanel % perTile == 0 && (count % perTile == 0 || firstPanel + count == panels);

    private struct TileJob : IWorkerJob
    {
        public int Panels, PerTile, Rows, Wrong;
        public int[] Taken;

        public void Run(in Worker worker)
        {
            for (var tiles = new TileWalk(worker, Panels, PerTile, Rows); tiles.Next();)
            {
                Mark(Taken, Panels, tiles.FirstRow, tiles.Rows, tiles.FirstPanel, tiles.Panels);
                if (TileWalk.HasWholeTiles(Rows) && !IsWhole(Panels, PerTile, tiles.FirstPanel, tiles.Panels))
                    Interlocked.Increment(ref Wrong);
            }
        }
    }

    private struct ExpertJob : IWorkerJob
    {
        public ExpertGroups Groups;
        public int Panels, PerTile, First, Count, Wrong;
        public int[] Taken;

        public void Run(in Worker worker)
        {
            ExpertWalk tiles = Count == Experts ? new(worker, Groups, Panels, PerTile) : new(worker, Groups, Panels, PerTile, First, Count);
            int rows = Groups.FirstRowOf(First + Count) - Groups.FirstRowOf(First);
            while (tiles.Next())
            {
                Mark(Taken, Panels, tiles.FirstRow, tiles.Rows, tiles.FirstPanel, tiles.Panels);
                int first = Groups.FirstRowOf(First + tiles.Expert), end = Groups.FirstRowOf(First + tiles.Expert + 1);
                if (tiles.FirstRow < first || tiles.FirstRow + tiles.Rows > end)
                    Interlocked.Increment(ref Wrong);
                if (ExpertWalk.HasWholeTiles(rows) && !IsWhole(Panels, PerTile, tiles.FirstPanel, tiles.Panels))
                    Interlocked.Increment(ref Wrong);
            }
        }
    }

    private readonly struct One : IDimension
    {
        public static int Size => 1;
    }

    private readonly struct Five : IDimension
    {
        public static int Size => Experts;
    }
}

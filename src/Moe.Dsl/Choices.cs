namespace Moe;

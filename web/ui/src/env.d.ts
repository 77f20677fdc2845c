// Made by build.mjs from lucide-static: each icon is the list of its shapes.
declare module 'virtual:icons' {
    export const icons: Record<string, [string, Record<string, string>][]>;
}

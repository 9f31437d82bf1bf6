-- Every postcode of the United Kingdom, past and present: where it is, and whose area it is in.
-- Nobody's data: whoever runs services may read it.
CREATE TABLE IF NOT EXISTS public.postcode (
    postcode text PRIMARY KEY,      -- in normal form
    easting integer,                -- metres on the grid of `authority`'s country; NULL: none given
    northing integer,
    authority text NOT NULL         -- nine-character code of the Office for National Statistics
);
CREATE TABLE IF NOT EXISTS public.edition (
    name text PRIMARY KEY,
    postcodes integer NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);

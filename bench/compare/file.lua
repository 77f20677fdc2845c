-- wrk: filings as our API wants them, in the shape of the peers' load: any of the 200,000 people, any
-- of the 2,000 places, 1 to 4 mornings in one of 20 years, so that clashes stay rare. FILERS names
-- the file that `baobei-bench fill --output` wrote.
local homes, random, fmt = {}, math.random, string.format

for line in io.lines(os.getenv("FILERS")) do
  local words = line:gmatch("%S+")
  local home = { code = words(), county = words(), token = words(), people = {} }
  words() -- a target: any will do here
  for person in words do
    home.people[#home.people + 1] = person:match("^[^/]+")
  end
  homes[#homes + 1] = home
end

math.randomseed(os.time() + tonumber(tostring({}):sub(8), 16) % 1000000)
local first_year = tonumber(os.date("%Y")) + 1
local remark = string.rep("n", 120)

local function times()
  local list = {}
  local year, month, day = first_year + random(0, 19), random(1, 12), random(1, 24)
  for i = 1, random(1, 4) do
    local date = fmt("%04d-%02d-%02d", year, month, day + i)
    list[i] = fmt('{"mode":"continuous","start":"%sT08:00","end":"%sT12:00"}', date, date)
  end
  return table.concat(list, ",")
end

function request()
  local at, target = random(#homes), random(#homes)
  if target == at then
    target = at % #homes + 1
  end
  local home = homes[at]
  local body = fmt('{"lines":[{"person_id":"%s","target":"%s","purpose":"16","times":[%s],' ..
    '"remark":"%s"}],"submit":true}', home.people[random(#home.people)], homes[target].code,
    times(), remark)
  return wrk.format("POST", "/api/v1/cases", {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. home.token,
    ["Idempotency-Key"] = fmt("%08x%08x%08x", random(0, 0x7fffffff), random(0, 0x7fffffff),
      random(0, 0x7fffffff)),
  }, body)
end

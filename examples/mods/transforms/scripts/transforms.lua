-- scripts/transforms.lua

function before_save(table_name, data)
  if table_name == "users" then
    -- Auto-hash password
    if data.password then
      data.password_hash = crypto.bcrypt(data.password)
      data.password = nil -- Remove plaintext
    end

    -- Generate slug
    if data.name and not data.slug then
      data.slug = string.lower(data.name):gsub("%s+", "-")
    end

    -- Auto-generate UUID
    if not data.uuid then
      data.uuid = crypto.uuid()
    end

    -- Validate email
    if data.email and not string.match(data.email, "^[^@]+@[^@]+$") then
      error("Invalid email format")
    end
  end

  if table_name == "posts" then
    -- Auto-generate slug from title
    if data.title and not data.slug then
      data.slug = string.lower(data.title):gsub("%s+", "-"):gsub("[^a-z0-9%-]", "")
    end

    -- Set published timestamp
    if data.published == 1 and not data.published_at then
      data.published_at = os.time()
    end
  end

  return data
end

function after_save(table_name, data)
  if table_name == "posts" and data.published == 1 then
    -- Invalidate cache
    cache.delete("posts:latest")
    cache.delete("posts:trending")

    -- Update search index
    update_search_index(data)

    -- Trigger webhook
    glyphcase.dispatch("post:published", {
      postId = data.id,
      title = data.title
    })
  end
end

function on_install()
  glyphcase.execute("CREATE TABLE search_index (post_id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
end

function update_search_index(post)
  glyphcase.execute(
    "INSERT OR REPLACE INTO search_index (post_id, words) VALUES (?, ?)",
    post.id,
    string.lower(post.title)
  )
end
